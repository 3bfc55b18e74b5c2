import type { Address } from '../../bytes/index.ts';
import { line, message, progress } from '../../output/index.ts';
import type { CommandRun, OutputNode } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { evaluateAddress } from './expression.ts';
import { linuxProcess } from './linux-process.ts';
import { pseudoRegister } from './pseudo-registers.ts';

/** Offsets on x64 and x86: PEB, PEB_LDR_DATA, LDR_DATA_TABLE_ENTRY and RTL_USER_PROCESS_PARAMETERS (winternl.h and the public symbols of ntdll). */
const LAYOUT = {
  8: {
    imageBase: 0x10, ldr: 0x18, parameters: 0x20, subSystem: 0x28, heap: 0x30, flags: 0xbc, initialized: 4, load: 0x10, memory: 0x20, initialization: 0x30,
    dllBase: 0x30, dllName: 0x48, timestamp: 0x80, directory: 0x38, dllPath: 0x50, image: 0x60, commandLine: 0x70, environment: 0x80, title: 0xb0, text: 8,
  },
  4: {
    imageBase: 8, ldr: 0xc, parameters: 0x10, subSystem: 0x14, heap: 0x18, flags: 0x68, initialized: 4, load: 0xc, memory: 0x14, initialization: 0x1c,
    dllBase: 0x18, dllName: 0x24, timestamp: 0x44, directory: 0x24, dllPath: 0x30, image: 0x38, commandLine: 0x40, environment: 0x48, title: 0x70, text: 4,
  },
} as const;

const MAX_MODULES = 4096;
const MAX_TEXT = 1 << 15;
const MAX_VARIABLES = 2000;
const MAX_ENVIRONMENT = 1 << 16;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export const peb: CommandDef = {
  name: 'peb',
  host: 'sos',
  group: 'session',
  summary: { en: 'The process environment block: image, modules, command line, environment. On Linux: what the kernel gave the process.', 'zh-tw': '處理序環境區塊：映像、模組、命令列、環境變數。Linux 則顯示核心交給處理序的資訊。' },
  args: [{ name: 'address', kind: 'rest', optional: true, help: { en: 'Address of another PEB.', 'zh-tw': '其他 PEB 的位址。' } }],
  examples: ['!peb'],
  *run(context, args): CommandRun {
    const { dump, memory } = context;
    if (dump.os === 'linux') {
      yield* linuxProcess(context);
      return;
    }
    const at = args.raw ? evaluateAddress(context, args.raw) : Number(pseudoRegister(context, '$peb') ?? 0n);
    yield line(`PEB at ${memory.hex(at)}`);
    const o = LAYOUT[dump.pointerSize];
    if (!memory.has(at, o.flags + 4)) {
      yield line('error 1 InitTypeRead( nt!_PEB at ...)');
      yield message('dim', { en: 'The page of the PEB is not in the dump.', 'zh-tw': 'PEB 所在的記憶體頁不在傾印中。' });
      return;
    }
    const yes = (value: number) => (value ? 'Yes' : 'No');
    yield line(`    InheritedAddressSpace:    ${yes(memory.u8(at))}`);
    yield line(`    ReadImageFileExecOptions: ${yes(memory.u8(at + 1))}`);
    yield line(`    BeingDebugged:            ${yes(memory.u8(at + 2))}`);
    yield line(`    ImageBaseAddress:         ${memory.hex(memory.pointer(at + o.imageBase))}`);
    yield line(`    NtGlobalFlag:             ${memory.u32(at + o.flags).toString(16)}`);
    yield* loader(context, memory.pointer(at + o.ldr));
    yield line(`    SubSystemData:     ${memory.hex(memory.pointer(at + o.subSystem))}`);
    yield line(`    ProcessHeap:       ${memory.hex(memory.pointer(at + o.heap))}`);
    const parameters = memory.pointer(at + o.parameters);
    yield line(`    ProcessParameters: ${memory.hex(parameters)}`);
    yield line(`    CurrentDirectory:  ${unicode(context, parameters + o.directory)}`);
    yield line(`    WindowTitle:  ${unicode(context, parameters + o.title)}`);
    yield line(`    ImageFile:    ${unicode(context, parameters + o.image)}`);
    yield line(`    CommandLine:  ${unicode(context, parameters + o.commandLine)}`);
    yield line(`    DllPath:      ${unicode(context, parameters + o.dllPath)}`);
    yield* environment(context, memory.tryPointer(parameters + o.environment));
    yield { kind: 'fact', subject: 'setting', address: at, values: { name: 'peb', commandLine: unicode(context, parameters + o.commandLine) } };
  },
};

/** A UNICODE_STRING in quotes. */
function unicode({ memory, dump }: CommandContext, at: Address): string {
  const unreadable = "'< Name not readable >'";
  const o = LAYOUT[dump.pointerSize];
  if (!memory.has(at, o.text + dump.pointerSize)) return unreadable;
  const bytes = Math.min(memory.u16(at), MAX_TEXT);
  const buffer = memory.pointer(at + o.text);
  if (bytes === 0) return "''";
  return memory.has(buffer, bytes) ? `'${new TextDecoder('utf-16le').decode(memory.read(buffer, bytes - (bytes % 2)))}'` : unreadable;
}

function* loader(context: CommandContext, ldr: Address): CommandRun {
  const { memory, dump } = context;
  const o = LAYOUT[dump.pointerSize];
  yield line(`    Ldr                       ${memory.hex(ldr)}`);
  if (!memory.has(ldr, o.initialization + 2 * dump.pointerSize)) {
    yield line('    *** unable to read Ldr table ***');
    yield message('dim', { en: 'The head of the loader’s lists lies in ntdll’s data, which this dump lacks; lm lists the modules.', 'zh-tw': '載入器清單的開頭位於 ntdll 的資料區，此傾印中沒有；模組清單請用 lm。' });
    return;
  }
  const list = (at: Address) => `${memory.hex(memory.pointer(at))} . ${memory.hex(memory.pointer(at + dump.pointerSize))}`;
  yield line(`    Ldr.Initialized:          ${memory.u8(ldr + o.initialized) ? 'Yes' : 'No'}`);
  yield line(`    Ldr.InInitializationOrderModuleList: ${list(ldr + o.initialization)}`);
  yield line(`    Ldr.InLoadOrderModuleList:           ${list(ldr + o.load)}`);
  yield line(`    Ldr.InMemoryOrderModuleList:         ${list(ldr + o.memory)}`);
  const width = dump.pointerSize === 8 ? 24 : 16;
  yield line(`${'Base'.padStart(width)} TimeStamp                     Module`);
  const head = ldr + o.load;
  const seen = new Set<Address>();
  for (let at = memory.pointer(head); at && at !== head && !seen.has(at) && seen.size < MAX_MODULES && memory.has(at, o.timestamp + 4); at = memory.pointer(at)) {
    seen.add(at);
    const name = unicode(context, at + o.dllName).slice(1, -1);
    yield line(`${memory.pointer(at + o.dllBase).toString(16).padStart(width)} ${stamp(memory.u32(at + o.timestamp))} ${name}`);
    if (seen.size % 100 === 0) yield progress(seen.size, 0);
  }
}

/** `5f7d3a1b Oct 07 03:12:27 2020` */
function stamp(seconds: number): string {
  const date = new Date(seconds * 1000);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${seconds.toString(16).padStart(8, '0')} ${MONTHS[date.getUTCMonth()]} ${two(date.getUTCDate())} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} ${date.getUTCFullYear()}`;
}

function* environment({ memory }: CommandContext, at: Address | undefined): Generator<OutputNode> {
  if (!at) {
    yield line('    Environment:  <none>');
    return;
  }
  yield line(`    Environment:  ${memory.hex(at)}`);
  const bytes = memory.readUpTo(at, MAX_ENVIRONMENT);
  let end = 0;
  while (end + 3 < bytes.length && (bytes[end] | bytes[end + 1] | bytes[end + 2] | bytes[end + 3]) !== 0) end += 2;
  const variables = new TextDecoder('utf-16le').decode(bytes.subarray(0, end)).split('\0').filter(Boolean);
  for (const variable of variables.slice(0, MAX_VARIABLES)) yield line(`        ${variable}`);
  if (variables.length === 0) yield SCRUBBED;
}

/** Said instead of variables: the environment says more about the machine than about the process. */
const SCRUBBED: OutputNode = message('dim', {
  en: 'The environment holds only zeros or is not in the dump. The sample dumps of this site are published without it.',
  'zh-tw': '環境變數的內容都是零，或不在傾印中。本站的範例傾印公開前已移除環境變數。',
});
