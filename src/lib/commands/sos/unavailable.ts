import type { LocalText } from '../../bytes/index.ts';
import { line, link, message } from '../../output/index.ts';
import type { Inline } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';

/** Why a command has no answer here. */
const REASONS = {
  live: { en: 'It controls a running process. A dump is a snapshot: nothing in it can be run, stopped or changed.', 'zh-tw': '它用來控制執行中的處理序。傾印是快照，裡面的程式無法執行、暫停或修改。' },
  symbols: { en: 'It fetches symbols or files from a server. Nothing leaves or enters your browser here; managed names come from the dump itself.', 'zh-tw': '它要從伺服器下載符號或檔案。這裡不會有任何資料進出你的瀏覽器，受控名稱直接取自傾印。' },
  machine: { en: 'It reads files or runs programs of the debugger’s machine. A dump is looked at here without either.', 'zh-tw': '它要讀取偵錯工具所在電腦的檔案或執行其程式；這裡檢視傾印不會用到這些。' },
  host: { en: 'It sets up SOS itself (its DAC, its log, its host). This analyzer reads the dump without any of them.', 'zh-tw': '它用來設定 SOS 本身（DAC、記錄檔、主機）。本分析器不需要這些就能讀取傾印。' },
  testing: { en: 'It exists to test SOS and the runtime, and says nothing about a program.', 'zh-tw': '它是測試 SOS 與執行階段用的，與程式本身無關。' },
  framework: { en: 'It belongs to .NET Framework or to debug builds of the runtime.', 'zh-tw': '它屬於 .NET Framework 或執行階段的偵錯組建。' },
  kernel: { en: 'It belongs to dumps of the Windows kernel: a process dump holds nothing of it.', 'zh-tw': '它屬於 Windows 核心傾印；處理序傾印裡沒有這種資料。' },
  native: { en: 'It belongs to the native side of a debugger and needs private symbols of Windows.', 'zh-tw': '它屬於偵錯工具的原生部分，需要 Windows 的私有符號。' },
  physical: { en: 'It reads physical memory, which only the dump of a kernel has.', 'zh-tw': '它讀取實體記憶體，只有核心傾印才有。' },
  session: { en: 'There is no debugger session to end: close the page, or open another dump.', 'zh-tw': '這裡沒有偵錯工作階段要結束：關閉網頁，或開啟另一個傾印即可。' },
} as const satisfies Readonly<Record<string, LocalText>>;

interface Entry {
  /** Canonical name first. */
  readonly names: readonly string[];
  readonly host: CommandDef['host'];
  readonly why: keyof typeof REASONS;
  /** Command lines that answer the same question, if any. */
  readonly instead?: readonly string[];
  /** What else a reader can do. */
  readonly note?: LocalText;
}

const SYMBOL_NOTE: LocalText = { en: 'In WinDbg: .symfix and .reload.', 'zh-tw': '在 WinDbg 中請使用 .symfix 與 .reload。' };

/** Every name SOS (and the debugger around it) has that cannot work on a dump in a browser. */
const TABLE: readonly Entry[] = [
  { names: ['bpmd'], host: 'sos', why: 'live', instead: ['name2ee'], note: { en: 'To find a method: name2ee, dumpmt -md.', 'zh-tw': '若要尋找方法：name2ee、dumpmt -md。' } },
  { names: ['stoponexception', 'soe'], host: 'sos', why: 'live', instead: ['dumpexceptions', 'dumpheap -type Exception -stat'] },
  { names: ['stoponcatch'], host: 'sos', why: 'live' },
  { names: ['suppressjitoptimization', 'sjo'], host: 'sos', why: 'live' },
  { names: ['watch'], host: 'sos', why: 'live' },
  { names: ['dumppermissionset'], host: 'sos', why: 'framework' },
  { names: ['dumpgclog', 'dlog'], host: 'sos', why: 'framework', instead: ['eeheap -gc', 'gcheapstat'] },
  { names: ['dumpgcconfiglog', 'dclog'], host: 'sos', why: 'framework', instead: ['eeversion'] },
  { names: ['savestate'], host: 'sos', why: 'host', instead: ['.logopen'], note: { en: 'It writes a script of SOS’s own settings. To keep what you found: .logopen.', 'zh-tw': '它把 SOS 本身的設定寫成指令碼。若要保留找到的內容，請用 .logopen。' } },
  { names: ['setsymbolserver'], host: 'sos', why: 'symbols', note: SYMBOL_NOTE },
  { names: ['loadsymbols'], host: 'sos', why: 'symbols', note: SYMBOL_NOTE },
  { names: ['sethostruntime'], host: 'sos', why: 'host' },
  { names: ['setclrpath'], host: 'sos', why: 'host', instead: ['eeversion'] },
  { names: ['logging'], host: 'sos', why: 'host' },
  { names: ['dbgout'], host: 'sos', why: 'host' },
  { names: ['clrma', 'clrmaconfig'], host: 'sos', why: 'host', instead: ['!analyze -v', 'crashinfo'] },
  { names: ['enummem'], host: 'sos', why: 'testing' },
  { names: ['processor'], host: 'sos', why: 'testing', instead: ['.effmach'] },
  { names: ['verifystacktrace'], host: 'sos', why: 'testing' },
  { names: ['verifygmt'], host: 'sos', why: 'testing' },
  { names: ['exposedml'], host: 'sos', why: 'testing' },
  { names: ['getcodetypeflags'], host: 'sos', why: 'testing', instead: ['ip2md'] },
  { names: ['tracetocode'], host: 'sos', why: 'live' },
  { names: ['findroots'], host: 'sos', why: 'live', instead: ['gcroot'], note: { en: 'findroots works while a GC stops the process; on a dump gcroot answers.', 'zh-tw': 'findroots 需要在 GC 停住處理序時使用；傾印請改用 gcroot。' } },
  { names: ['dumplocks'], host: 'sos', why: 'framework', instead: ['syncblk', 'dumpheap -thinlock'] },
  { names: ['up'], host: 'windbg', why: 'physical', instead: ['u', '!u'] },
  { names: ['exit', 'quit'], host: 'sos', why: 'session' },
  { names: ['q', 'qq', 'qd'], host: 'windbg', why: 'session' },
  { names: ['g', 'gh', 'gn', 'gu', 'gc'], host: 'windbg', why: 'live' },
  { names: ['p', 'pc', 'pt', 'pa'], host: 'windbg', why: 'live' },
  { names: ['ta', 'tb', 'tc', 'tt', 'wt'], host: 'windbg', why: 'live' },
  { names: ['bp', 'bu', 'bm', 'ba', 'bl', 'bc', 'bd', 'be', 'br', 'bs'], host: 'windbg', why: 'live' },
  { names: ['sxe', 'sxd', 'sxn', 'sxi', 'sx', 'sxr'], host: 'windbg', why: 'live', instead: ['.exr -1', '!pe'] },
  { names: ['ea', 'eb', 'ed', 'ew', 'eq', 'ep', 'eu', 'eza', 'ezu', 'f', 'fp', 'm'], host: 'windbg', why: 'live', instead: ['db', 'dq'] },
  { names: ['.trap', '.tss', '.thread', '.process'], host: 'windbg', why: 'kernel', instead: ['.cxr', '.ecxr', '~'], note: { en: 'Trap frames are pushed by the kernel onto its own stacks. Registers saved in user mode are CONTEXT records: .cxr address.', 'zh-tw': '陷阱框架由核心推入自己的堆疊。使用者模式儲存的暫存器是 CONTEXT 記錄：.cxr 位址。' } },
  { names: ['.attach', '.detach', '.create', '.restart', '.kill', '.abandon'], host: 'windbg', why: 'live' },
  { names: ['.readmem'], host: 'windbg', why: 'live', instead: ['.writemem', 'db'] },
  { names: ['.shell', '.sleep', '.beep'], host: 'windbg', why: 'machine', instead: ['.time'] },
  { names: ['$<', '$><', '$$<', '$$><', '$$>a<'], host: 'windbg', why: 'machine', instead: ['.block { .echo one; .echo two }'], note: { en: 'Paste the lines of a script instead: .if, .while, .foreach and aliases work. On the command line give each with -c.', 'zh-tw': '請改為貼上指令碼的內容：.if、.while、.foreach 與別名都可使用。命令列請以 -c 逐一指定。' } },
  { names: ['!locks', '!cs', '!ntsdexts.locks'], host: 'windbg', why: 'native', instead: ['!syncblk', '!dumpheap -thinlock'], note: { en: 'Critical sections hang on a list of ntdll whose address only its symbols tell. Locks of managed code are in the objects: syncblk.', 'zh-tw': '關鍵區段掛在 ntdll 的清單上，其位址只有符號檔知道。受控程式碼的鎖定在物件裡：syncblk。' } },
  { names: ['!heap'], host: 'windbg', why: 'native', instead: ['!address -summary', '!eeheap', '!dumpheap -stat'] },
  { names: ['!htrace'], host: 'windbg', why: 'live', instead: ['!handle', '!gchandles'], note: { en: 'Handle traces are kept by Application Verifier in a live process.', 'zh-tw': '控制代碼追蹤由 Application Verifier 保存在執行中的處理序裡。' } },
  { names: ['!token', '!sd', '!acl'], host: 'windbg', why: 'native' },
  { names: ['dt', 'dv'], host: 'windbg', why: 'native', instead: ['!dumpobj', '!clrstack -a'], note: { en: 'Types and locals of managed code are shown by dumpobj and clrstack -a.', 'zh-tw': '受控程式碼的型別與區域變數請用 dumpobj 與 clrstack -a 檢視。' } },
];

/** Commands that only explain themselves, without the names that are taken by commands that work. */
export function unavailableCommands(taken: ReadonlySet<string>): CommandDef[] {
  return TABLE.flatMap((entry) => {
    const names = entry.names.filter((name) => !taken.has(name));
    return names.length > 0 ? [command(entry, names)] : [];
  });
}

function command(entry: Entry, [name, ...aliases]: readonly string[]): CommandDef {
  const reason = REASONS[entry.why];
  return {
    name, aliases, host: entry.host, group: 'help', summary: reason, unavailable: true, withoutDump: true,
    args: [{ name: 'rest', kind: 'rest', optional: true, help: { en: 'Ignored.', 'zh-tw': '不使用。' } }],
    *run(context) {
      const shown = entry.host === 'sos' && context.session.host.debugger === 'windbg' ? `!${name}` : name;
      yield message('warning', { en: `${shown} does not work here. ${reason.en}`, 'zh-tw': `${shown} 在此無法使用。${reason['zh-tw']}` });
      if (entry.note) yield message('dim', entry.note);
      if (!entry.instead) return;
      const links = entry.instead.flatMap((text, index): Inline[] => [index > 0 ? ', ' : '', link(text, text)]);
      yield line(context.lang === 'zh-tw' ? '可改用：' : 'Instead: ', ...links);
    },
  };
}
