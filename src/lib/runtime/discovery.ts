import { ContractError, isDumpError } from '../bytes/index.ts';
import type { Address, LocalText } from '../bytes/index.ts';
import type { Dump, NativeModule } from '../container/index.ts';
import { ElfImage, PeImage } from '../image/index.ts';
import type { AddressSpace } from '../memory/index.ts';
import type { GlobalValue } from './layouts.ts';

const DESCRIPTOR = 'DotNetRuntimeContractDescriptor';
const DAC_TABLE = 'g_dacTable';
const MAX_MODULES_TRIED = 512;
const USUAL = /^(coreclr\.dll|libcoreclr\.so)$/i;

/** The module that holds CoreCLR, and its two exports everything else starts from. */
export interface RuntimeModule {
  readonly module: NativeModule;
  readonly base: Address;
  /** First address behind the image, .bss included. */
  readonly end: Address;
  readonly dacTable: Address;
  /** Absent before .NET 9. */
  readonly descriptor: Address | undefined;
  readonly singleFile: boolean;
}

const NO_CLR: LocalText = {
  en: 'The dump has no CoreCLR module with its export table. Was the right process dumped, and is it a full dump? A heap dump of a program published as one file needs that file as well (--runtime FILE). Of .NET Framework only 4.x (clr.dll) is read, by heuristics.',
  'zh-tw': '這個傾印沒有可讀的 CoreCLR 模組。請確認傾印的是正確的處理序，而且是完整傾印；若是單一檔案程式的堆積傾印，還需要該程式檔（--runtime FILE）。.NET Framework 只能讀取 4.x（clr.dll），而且是依形狀推斷。',
};

/** The runtime is in the module list and its image is not in the dump: heap dumps leave out what is in files. */
const imageMissing = (module: NativeModule): LocalText => ({
  en: `A heap dump leaves out the pages of ${fileName(module.path)}. Give that file too: in the lab choose it together with the dump, on the command line use --runtime FILE. Or take a full dump.`,
  'zh-tw': `堆積傾印不含 ${fileName(module.path)} 的頁面。請一併提供這個檔案：在實驗室裡與傾印一起選取，在命令列用 --runtime FILE；或者改取完整傾印。`,
});

export function fileName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

/** Modules that may hold a runtime although their name does not say so: programs published as one file. */
function executables(dump: Dump): NativeModule[] {
  return dump.modules.filter((m) => !USUAL.test(fileName(m.path)) && /(\.exe$|^[^.]+$)/i.test(fileName(m.path)));
}

/** The module that a runtime's own file belongs to. */
export function moduleOfRuntimeFile(dump: Dump): NativeModule | undefined {
  return usualModules(dump)[0] ?? executables(dump)[0];
}

/** Modules named as the runtime usually is. */
export function usualModules(dump: Dump): NativeModule[] {
  return dump.modules.filter((m) => USUAL.test(fileName(m.path)));
}

/** Finds coreclr: by its usual file names first, then any module with the exports (single-file programs). */
export function findRuntime(dump: Dump, memory: AddressSpace): RuntimeModule {
  const usual = usualModules(dump);
  for (const module of [...usual, ...executables(dump)].slice(0, MAX_MODULES_TRIED)) {
    const found = probe(dump, memory, module, !usual.includes(module));
    if (found) return found;
  }
  const framework = dump.modules.some((m) => /^mscorwks\.dll$/i.test(fileName(m.path)));
  const [named] = usual;
  if (named) throw new ContractError(`the export table of ${fileName(named.path)} is not in the dump`, imageMissing(named));
  throw new ContractError(framework ? 'this process runs .NET Framework before 4.0 (mscorwks.dll), whose layouts are not known' : 'no .NET runtime found in the dump', NO_CLR);
}

function probe(dump: Dump, memory: AddressSpace, module: NativeModule, singleFile: boolean): RuntimeModule | undefined {
  try {
    if (dump.os === 'linux') {
      const image = ElfImage.open(memory, module.base);
      const dacTable = image.symbol(DAC_TABLE);
      return dacTable === undefined ? undefined : { module, base: module.base, end: image.end, dacTable, descriptor: image.symbol(DESCRIPTOR), singleFile };
    }
    const exports = PeImage.open(memory, module.base).exports();
    const dacTable = exports.get(DAC_TABLE);
    return dacTable === undefined ? undefined : { module, base: module.base, end: module.base + module.size, dacTable, descriptor: exports.get(DESCRIPTOR), singleFile };
  } catch (error) {
    if (isDumpError(error)) return undefined;
    throw error;
  }
}

/** Where the runtime's initialised data lies: writable segments, or all sections but the code. */
export function dataAreas(dump: Dump, memory: AddressSpace, runtime: RuntimeModule): { readonly address: Address; readonly size: number }[] {
  if (dump.os === 'linux') return ElfImage.open(memory, runtime.base).loads().filter((load) => load.writable);
  return PeImage.open(memory, runtime.base).sections.filter(({ name }) => name !== '.text').map(({ rva, size }) => ({ address: runtime.base + rva, size }));
}

/** `10.0.1226.42308` from the file version, the folder, or the version string inside the module; and the commit when it is there. */
export interface RuntimeVersion { readonly major: number; readonly text: string; readonly commit: string | undefined }

/**
 * Major version without touching more of the module than needed: from the file version, the folder, what the runtime says of itself
 * (since .NET 11), the version string in its data; heap dumps may lack that, then by what only .NET 10 describes.
 */
export function quickMajor(runtime: RuntimeModule, memory: AddressSpace, globals: ReadonlyMap<string, GlobalValue>): number {
  const fromFile = /^(\d+)\./.exec(runtime.module.version);
  if (fromFile && fromFile[1] !== '0') return Number(fromFile[1]);
  const fromFolder = /[/\\](\d+)\.\d+\.\d+[^/\\]*[/\\][^/\\]+$/.exec(runtime.module.path);
  if (fromFolder) return Number(fromFolder[1]);
  const told = globals.get('RuntimeProductVersionString') ?? scanVersion(runtime, memory)?.text;
  if (typeof told === 'string') return Number(told.split('.')[0]);
  return globals.size === 0 ? 0 : globals.has('ExecutionManagerCodeRangeMapAddress') ? 10 : 9;
}

/** Looks for the "@(#)Version a.b.c.d @Commit: …" string the build puts into the module's data. */
export function scanVersion(runtime: RuntimeModule, memory: AddressSpace): { text: string; commit: string | undefined } | undefined {
  const needle = '@(#)Version ';
  const step = 1 << 16;
  for (let at = runtime.base; at < runtime.end; at += step) {
    if (!memory.has(at)) continue;
    const bytes = memory.readUpTo(at, step + 256);
    const found = indexOf(bytes, needle);
    if (found < 0) continue;
    const text = new TextDecoder('latin1').decode(bytes.subarray(found + needle.length, found + needle.length + 200)).replace(/\0.*$/s, '');
    const match = /^([\d.]+)(?:.*?@Commit: ([0-9a-f]{8,40}))?/.exec(text);
    if (match) return { text: match[1], commit: match[2] };
  }
  return undefined;
}

function indexOf(bytes: Uint8Array, text: string): number {
  const first = text.charCodeAt(0);
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    let i = 1;
    while (i < text.length && bytes[at + i] === text.charCodeAt(i)) i++;
    if (i === text.length) return at;
  }
  return -1;
}
