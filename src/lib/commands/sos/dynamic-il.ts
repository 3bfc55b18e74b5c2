import { hex } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import type { CommandContext } from '../context.ts';
import type { TokenName } from './il-listing.ts';
import { upper } from './pointer-text.ts';

/** Kinds of tokens by their top byte; the rest is an index into the scope of the method. */
const Token = { TypeDef: 0x02, MethodDef: 0x06, String: 0x70 } as const;
/** Characters SOS shows of a string. */
const MAX_STRING = 40;

/** Code of a DynamicMethod, and the objects its tokens stand for. */
export interface DynamicIl { readonly code: Uint8Array; readonly tokens: Address; readonly name: TokenName }

/** From a DynamicMethod or its resolver; undefined for other objects. */
export function dynamicIl(context: CommandContext, object: Address): DynamicIl | undefined {
  const { managed, objects } = context.clr;
  const resolver = managed.ref(object, '_resolver') || managed.ref(object, 'm_resolver') || object;
  const code = managed.ref(resolver, 'm_code') ?? managed.ref(resolver, '_code');
  const table = code ? objects.find(code) : undefined;
  const scope = managed.ref(resolver, 'm_scope') ?? managed.ref(resolver, '_scope');
  const list = scope && managed.ref(scope, 'm_tokens');
  const tokens = list && managed.ref(list, '_items');
  if (!code || !table?.isArray || !tokens) return undefined;
  const items = [...managed.elements(tokens)];
  const bytes = context.memory.read(objects.elementsStart(code, table), objects.length(code));
  return { code: bytes, tokens, name: (token) => tokenText(context, token, items[token & 0xffffff] ?? 0) };
}

/** What a token stands for (SOS/Strike/sildasm.cpp, DisassembleToken for a token array). */
function tokenText(context: CommandContext, token: number, item: Address): string {
  const number = hex(token);
  switch (token >>> 24) {
    case Token.String: return `${number} "${context.clr.objects.tryString(item, MAX_STRING) ?? ''}"`;
    case Token.TypeDef: {
      const name = typeName(context, item);
      return name === undefined ? `${number} (${upper(context, item)})` : `${number} "${name}"`;
    }
    case Token.MethodDef: {
      const name = methodName(context, item);
      return name === undefined ? `${number} (${upper(context, item)})` : `${number} ${name}`;
    }
    default: return `${number} (${upper(context, item)})`;
  }
}

/** A boxed RuntimeTypeHandle holds a RuntimeType, which holds the MethodTable. */
function typeName({ clr }: CommandContext, item: Address): string | undefined {
  const type = clr.managed.ref(item, 'm_type');
  const handle = type && clr.managed.pointer(type, 'm_handle');
  return handle ? clr.types.name(handle, 'sos') : undefined;
}

/** A boxed RuntimeMethodHandle holds the method's info; methods of generic types come with their type, in a GenericMethodInfo. */
function methodName({ clr, memory }: CommandContext, item: Address): string | undefined {
  const inside = clr.managed.at(item, 'm_methodHandle');
  const info = clr.managed.ref(item, 'm_value') ?? (inside && memory.tryPointer(inside));
  const stub = info && (clr.managed.pointer(info, 'm_handle') ?? clr.managed.pointer(info, 'm_value'));
  return stub ? clr.methods.find(stub)?.signature : undefined;
}
