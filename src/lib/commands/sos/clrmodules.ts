import { hex, isDumpError } from '../../bytes/index.ts';
import type { NativeModule } from '../../container/index.ts';
import { ElfImage, PeImage } from '../../image/index.ts';
import { line, link } from '../../output/index.ts';
import type { ClrModule } from '../../runtime/index.ts';
import { fileName } from '../../runtime/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';

/** `MZ`. */
const PE_MAGIC = 0x5a4d;

/** Bytes of the image as the runtime loaded it. */
export function imageSize(context: CommandContext, module: ClrModule): number {
  const { memory, clr } = context;
  const { layouts, inferred } = clr.target;
  if (inferred) return context.dump.modules.find((m) => m.base === module.base)?.size ?? 0;
  const follow = (from: number | undefined, type: string, field: string) => (from && layouts.has(type, field) ? memory.tryPointer(from + layouts.offset(type, field)) : 0);
  const image = follow(follow(module.address, 'Module', 'PEAssembly'), 'PEAssembly', 'PEImage');
  const layout = follow(image, 'PEImage', 'LoadedImageLayout');
  return layout ? (memory.tryU32(layout + layouts.offset('PEImageLayout', 'Size')) ?? 0) : 0;
}

function list(name: string, aliases: readonly string[], en: string, zh: string): CommandDef {
  return {
    name, aliases, host: 'sos', byShape: true, group: 'modules', summary: { en, 'zh-tw': zh },
    options: [
      { name: '-name', aliases: ['-n'], value: 'text', help: { en: 'Only modules whose file name contains this text.', 'zh-tw': '只列檔名包含此文字的模組。' } },
      { name: '-verbose', aliases: ['-v'], help: { en: 'Also the assembly, module and metadata addresses.', 'zh-tw': '一併顯示組件、模組與中繼資料位址。' } },
    ],
    examples: [name],
    *run(context, args) {
      const part = args.text('-name')?.toLowerCase();
      for (const module of context.clr.modules.list()) {
        if (part && !fileName(module.path).toLowerCase().includes(part)) continue;
        if (!module.base) {
          yield line(`${hex(0, 16)} ${hex(0, 8)} (Dynamic)`);
          continue;
        }
        yield line(`${hex(module.base, 16).toUpperCase()} ${hex(imageSize(context, module), 8).toUpperCase()} `, link(module.path, `!dumpmodule ${hex(module.address)}`));
        yield { kind: 'fact', subject: 'module', address: module.address, values: { path: module.path, name: fileName(module.path) } };
        if (!args.has('-verbose')) continue;
        yield line(`    Address:         ${hex(module.address, 16)}`);
        yield line(`    Assembly:        ${hex(module.assembly, 16)}`);
        if (module.metadata) yield line(`    MetadataAddress: ${hex(module.metadata.address, 16)} (${module.metadata.size} bytes)`);
      }
    },
  };
}

export const clrmodules = list('clrmodules', [], 'The managed modules of the process.', '處理序中的受控模組。');
export const assemblies = list('assemblies', ['clrassemblies'], 'The managed assemblies of the process.', '處理序中的受控組件。');

/** A core file only lists mappings: what the image itself declares counts, since .bss and unmapped tails are not mapped from it. */
function declaredSize({ dump, memory }: CommandContext, module: NativeModule): number {
  if (dump.os !== 'linux') return module.size;
  try {
    return memory.u16(module.base) === PE_MAGIC ? PeImage.open(memory, module.base).imageSize : Math.max(module.size, ElfImage.open(memory, module.base).span);
  } catch (error) {
    if (isDumpError(error)) return module.size;
    throw error;
  }
}

export const modules: CommandDef = {
  name: 'modules',
  host: 'sos',
  byShape: true,
  group: 'modules',
  summary: { en: 'All modules, native ones too, with their sizes.', 'zh-tw': '所有模組（含原生模組）與大小。' },
  examples: ['modules'],
  *run(context) {
    let total = 0;
    const sorted = context.dump.modules.filter((m) => !m.interpreter && !m.path.startsWith('/dev')).sort((a, b) => a.base - b.base);
    for (const [i, module] of sorted.entries()) {
      const size = Math.min(declaredSize(context, module), (sorted[i + 1]?.base ?? Infinity) - module.base);
      yield line(`${hex(module.base, 16).toUpperCase()} ${hex(size, 8).toUpperCase()} ${module.path}`);
      total += size;
    }
    yield line(`Total image size: ${total}`);
  },
};
