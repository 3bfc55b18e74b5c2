import type { Address } from '../../bytes/index.ts';
import { isDumpError } from '../../bytes/index.ts';
import type { CodeInfo, Method } from '../../runtime/index.ts';
import type { CommandContext } from '../context.ts';
import { moduleLabel } from './expression.ts';

/** What an address is called: `module!function`, and how far behind its beginning the address lies. */
export interface SymbolName {
  readonly text: string;
  readonly offset: number;
  /** `managed` from metadata, `native` from an image's exports, `module` when only the image is known. */
  readonly kind: 'managed' | 'native' | 'module';
}

/** The managed method, the exported function or the module an address lies in; undefined when none is known. */
export function symbolAt(context: CommandContext, address: Address, code: CodeInfo | undefined = managedCode(context, address)): SymbolName | undefined {
  const method = code && methodName(context, code);
  if (code && method !== undefined) return { text: method, offset: address - code.start, kind: 'managed' };
  const module = context.symbols.moduleAt(address);
  if (!module) return undefined;
  const label = moduleLabel(module.path);
  const symbol = context.symbols.containing(address);
  return symbol ? { text: `${label}!${symbol.name}`, offset: address - symbol.address, kind: 'native' } : { text: label, offset: address - module.base, kind: 'module' };
}

/** `module!function+0x1b`, as the debugger writes it. */
export function symbolText({ text, offset }: SymbolName): string {
  return offset === 0 ? text : `${text}+0x${offset.toString(16)}`;
}

/** Like symbolText, for an address; empty when nothing is known of it. */
export function nameOf(context: CommandContext, address: Address): string {
  const symbol = symbolAt(context, address);
  return symbol ? symbolText(symbol) : '';
}

/** Compiled managed code at an address; undefined also for dumps without a readable runtime. */
export function managedCode(context: CommandContext, address: Address): CodeInfo | undefined {
  try {
    return context.clr.code.find(address);
  } catch (error) {
    if (!isDumpError(error)) throw error;
    return undefined;
  }
}

/** The method whose code an address lies in. */
export function methodAt(context: CommandContext, address: Address): Method | undefined {
  const code = managedCode(context, address);
  return code && context.clr.methods.find(code.methodDesc);
}

/** `Module!Namespace.Type.Method(arguments)`; methods made at run time have no module. */
function methodName(context: CommandContext, code: CodeInfo): string | undefined {
  try {
    const { clr } = context;
    const method = clr.methods.find(code.methodDesc);
    if (!method) return undefined;
    const { path } = clr.modules.at(method.methodTable.module);
    return path && method.token ? `${moduleLabel(path)}!${method.signature}` : method.signature;
  } catch (error) {
    if (!isDumpError(error)) throw error;
    return undefined;
  }
}
