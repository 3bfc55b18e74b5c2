import { hex, isDumpError } from '../../bytes/index.ts';
import { Table } from '../../image/index.ts';
import { line, link, progress } from '../../output/index.ts';
import type { CommandRun, OutputNode } from '../../output/index.ts';
import { activeNativeCode, fileName } from '../../runtime/index.ts';
import type { ClrModule } from '../../runtime/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';

export const name2ee: CommandDef = {
  name: 'name2ee',
  host: 'sos',
  group: 'types',
  summary: { en: 'From a name to its MethodTable or MethodDesc: name2ee module!Namespace.Type or …Type.Method; * looks in all modules.', 'zh-tw': '由名稱找出 MethodTable 或 MethodDesc：name2ee 模組!命名空間.型別 或 ….方法；* 表示所有模組。' },
  args: [
    { name: 'module', kind: 'text', help: { en: 'Module, or module!name.', 'zh-tw': '模組，或 模組!名稱。' } },
    { name: 'name', kind: 'text', optional: true, help: { en: 'Type or method.', 'zh-tw': '型別或方法。' } },
  ],
  examples: ['name2ee Storefront.dll Storefront.RedisSessionStore', 'name2ee *!Storefront.SessionRequest'],
  *run(context, args): CommandRun {
    const first = args.text('module') ?? '';
    const bang = first.indexOf('!');
    const moduleName = bang >= 0 ? first.slice(0, bang) : first;
    const name = bang >= 0 ? first.slice(bang + 1) : (args.text('name') ?? '');
    const everywhere = moduleName === '*';
    const modules = modulesNamed(context, moduleName);
    if (modules.length === 0) {
      yield line(`Failed to find module '${moduleName}'`);
      return;
    }
    let without = 0;
    for (const [i, module] of modules.entries()) {
      const found = [...find(context, module, name)];
      if (found.length === 0 && everywhere) without++;
      else {
        yield line(`Module:      `, link(hex(module.address, 16), `!dumpmodule ${hex(module.address)}`));
        yield line(`Assembly:    ${fileName(module.path)}`);
        for (const [k, block] of found.entries()) {
          if (k > 0) yield line('-----------------------');
          yield* block;
        }
        if (everywhere) yield line('-'.repeat(38));
      }
      yield progress(i, modules.length);
    }
    if (everywhere) {
      yield line();
      yield line(`Scanned ${without} modules which had no matches.`);
    }
  },
};

/** Modules with this file name, with or without its extension; all for `*`. */
export function modulesNamed(context: CommandContext, name: string): ClrModule[] {
  const wanted = name.toLowerCase();
  return context.clr.modules.list().filter((m) => {
    const file = fileName(m.path).toLowerCase();
    return name === '*' || file === wanted || file.replace(/\.(dll|exe)$/, '') === wanted;
  });
}

/** Types with this name (and types nested in one), else methods `Type.Method`. */
function* find(context: CommandContext, module: ClrModule, name: string): Generator<OutputNode[]> {
  const { metadata } = module;
  if (!metadata) return;
  const split = name.lastIndexOf('.');
  const typePart = name.slice(0, split);
  const methodPart = name.slice(split + 1);
  for (let rid = 1; rid <= metadata.rows(Table.TypeDef); rid++) {
    let typeName: string;
    try {
      typeName = metadata.typeName(rid);
    } catch (error) {
      if (isDumpError(error)) continue;
      throw error;
    }
    if (typeName === name || typeName.startsWith(name)) {
      const table = context.clr.modules.lookup(module.address, 'TypeDefToMethodTableMap', rid);
      if (typeName === name || table) yield [...typeLines(rid, table, typeName)];
    } else if (split > 0 && typeName === typePart) {
      const { first, end } = metadata.methodsOf(rid);
      for (let method = first; method < end; method++) {
        if (metadata.methodName(method) === methodPart) yield [...methodLines(context, module, method, name)];
      }
    }
  }
}

export function* typeLines(rid: number, table: number, name: string): Generator<OutputNode> {
  yield line(`Token:       ${hex(0x02000000 + rid, 16)}`);
  yield table ? line('MethodTable: ', link(hex(table, 16), `!dumpmt ${hex(table)}`)) : line('MethodTable: <not loaded yet>');
  yield line(`Name:        ${name}`);
  yield { kind: 'fact', subject: 'type', address: table, values: { name } };
}

export function* methodLines(context: CommandContext, module: ClrModule, rid: number, name: string): Generator<OutputNode> {
  const { clr } = context;
  const address = clr.modules.lookup(module.address, 'MethodDefToDescMap', rid);
  const method = address ? clr.methods.find(address) : undefined;
  yield line(`Token:       ${hex(0x06000000 + rid, 16)}`);
  yield line('MethodDesc:  ', address ? link(hex(address, 16), `!dumpmd ${hex(address)}`) : '<not loaded yet>');
  yield line(`Name:        ${method?.signature ?? name}`);
  if (!method) return;
  const code = activeNativeCode(clr.target, method, clr.code);
  yield line(code ? `JITTED Code Address: ${hex(code, 16)}` : 'Not JITTED yet. Use !bpmd -md ' + hex(address, 16) + ' to break on run.');
  yield { kind: 'fact', subject: 'method', address, values: { name: method.signature } };
}
