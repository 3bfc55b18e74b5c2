import { hex, isDumpError } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { fileOfImage, PeImage } from '../../image/index.ts';
import { line, message, writeFile } from '../../output/index.ts';
import type { OutputNode, Progress } from '../../output/index.ts';
import { fileName } from '../../runtime/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';

const MIME = 'application/vnd.microsoft.portable-executable';

/** The image an address means: a base address, or the address of a managed module. */
function imageAt(context: CommandContext, address: Address): PeImage | undefined {
  const native = context.dump.modules.find((m) => address >= m.base && address < m.base + m.size);
  const base = native?.base ?? managedBase(context, address);
  if (!base) return undefined;
  try {
    // Managed images may lie in memory as in their file; where the metadata is found tells.
    return PeImage.openManaged(context.memory, base)?.image ?? PeImage.open(context.memory, base);
  } catch (error) {
    if (isDumpError(error)) return undefined;
    throw error;
  }
}

function managedBase(context: CommandContext, address: Address): Address | undefined {
  try {
    return context.clr.modules.list().find((m) => m.address === address || (m.base !== 0 && m.base === address))?.base;
  } catch (error) {
    if (isDumpError(error)) return undefined;
    throw error;
  }
}

function* save(context: CommandContext, address: Address, name: string): Generator<OutputNode | Progress, boolean> {
  const image = imageAt(context, address);
  if (!image) {
    yield line(`${context.memory.hex(address)} is not a Module or base address`);
    if (context.dump.os === 'linux') yield message('dim', { en: 'Only PE images (managed assemblies) can be put together again; an ELF library is better taken from its file.', 'zh-tw': '只有 PE 映像（受控組件）能還原成檔案；ELF 程式庫請直接取用原檔。' });
    return false;
  }
  yield line(`${image.sections.length} sections in file`);
  for (const [i, s] of image.sections.entries()) yield line(`section ${i} - VA=${hex(s.rva)}, VASize=${hex(s.size)}, FileAddr=${hex(s.fileOffset)}, FileSize=${hex(s.fileSize)}`);
  let missing = 0;
  yield* writeFile({ name, mime: MIME, mode: 'new' }, fileOfImage(image, (bytes) => (missing += bytes)));
  if (missing > 0) yield message('warning', { en: `${missing} bytes of the image are not in this dump and are zeros in the file. A dump with full memory has all of them.`, 'zh-tw': `映像有 ${missing} 位元組不在這份傾印中，檔案裡以零填補。含完整記憶體的傾印才有全部內容。` });
  return true;
}

export const savemodule: CommandDef = {
  name: 'savemodule',
  host: 'sos',
  group: 'modules',
  summary: { en: 'Writes a module out of memory into a file: savemodule <address> <file>.', 'zh-tw': '把記憶體中的模組寫成檔案：savemodule <位址> <檔案>。' },
  details: {
    en: 'The address is that of a managed module (clrmodules, name2ee) or a base address (lm). Sections are put where they stand in a file, so that a decompiler can read it; addresses that the loader relocated stay as they were in memory.',
    'zh-tw': '位址可以是受控模組（clrmodules、name2ee）或基底位址（lm）。各區段會放回檔案中的位置，反編譯器即可讀取；載入器重新定位過的位址維持記憶體中的值。',
  },
  args: [
    { name: 'address', kind: 'hex', optional: true, help: { en: 'Module or base address.', 'zh-tw': '模組或基底位址。' } },
    { name: 'file', kind: 'text', optional: true, help: { en: 'File to write.', 'zh-tw': '要寫出的檔案。' } },
  ],
  examples: ['savemodule 400000 app.dll'],
  *run(context, args) {
    const address = args.number('address');
    const file = args.text('file');
    if (address === undefined || file === undefined) yield line('Usage: SaveModule <address> <file to save>');
    else if (address === 0) yield line('Invalid arg');
    else yield* save(context, address, file);
  },
};

export const saveallmodules: CommandDef = {
  name: 'saveallmodules',
  host: 'sos',
  group: 'modules',
  summary: { en: 'Writes every managed module out of memory into files.', 'zh-tw': '把記憶體中所有受控模組寫成檔案。' },
  options: [{ name: '-app', help: { en: 'Leave out the modules of the shared framework.', 'zh-tw': '略過共用架構的模組。' } }],
  args: [{ name: 'folder', kind: 'text', optional: true, help: { en: 'Folder for the files; it must exist. A browser offers each file by its name.', 'zh-tw': '存放檔案的資料夾，必須已存在；瀏覽器會逐一提供檔案。' } }],
  examples: ['saveallmodules -app .'],
  *run(context, args) {
    const folder = args.text('folder');
    if (folder === undefined) {
      yield line('Usage: SaveAllModules <destination folder>');
      return;
    }
    yield line(`Saving all modules to ${folder}`);
    const separator = /\\/.test(folder) ? '\\' : '/';
    for (const module of context.clr.modules.list()) {
      if (args.has('-app') && /[\\/]shared[\\/]Microsoft\./i.test(module.path)) continue;
      yield line(`Module ${context.memory.hex(module.address)}`);
      if (!module.path || !module.base) yield line(`Skipping module (${module.path ? 'Unknown Module' : 'Dynamic Module'})`);
      else {
        const path = `${folder.replace(/[\\/]+$/, '')}${separator}${fileName(module.path)}`;
        if (yield* save(context, module.base, path)) yield line(`Saved module to ${path}`);
      }
      yield { kind: 'progress', done: 0, total: 0 };
    }
  },
};
