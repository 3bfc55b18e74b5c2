import { both, same } from './answer.ts';
import type { Answer } from './answer.ts';

interface Code { readonly value: number; readonly name: string; readonly kind: 'HResult' | 'SEH' | 'NTSTATUS'; readonly en: string; readonly zh: string }

const code = (value: number, kind: Code['kind'], name: string, en: string, zh: string): Code => ({ value, name, kind, en, zh });

/** Sources: dotnet/runtime src/coreclr/inc/corerror.xml and System.HResults, ntstatus.h, winerror.h. */
export const CODES: readonly Code[] = [
  code(0xe0434352, 'SEH', 'CLR exception', 'A managed exception, .NET Framework 4 and later ("CCR"). Parameter 0 is its HResult: .exr -1, then !pe.', '受控例外狀況（.NET Framework 4 之後，「CCR」）。參數 0 是它的 HResult：先 .exr -1，再 !pe。'),
  code(0xe0434f4d, 'SEH', 'CLR exception (1.x, 2.0)', 'A managed exception of .NET Framework 1.x to 3.5 ("COM").', '.NET Framework 1.x 到 3.5 的受控例外狀況（「COM」）。'),
  code(0xe06d7363, 'SEH', 'C++ exception', 'Thrown by native C++ code ("msc").', '原生 C++ 程式碼擲回（「msc」）。'),
  code(0xc0000005, 'NTSTATUS', 'STATUS_ACCESS_VIOLATION', 'Read or write of memory that is not there. In managed code at a small address: NullReferenceException; elsewhere a native bug.', '讀寫不存在的記憶體。受控程式碼中位址很小時就是 NullReferenceException，其他位置多半是原生程式的錯誤。'),
  code(0xc00000fd, 'NTSTATUS', 'STATUS_STACK_OVERFLOW', 'The stack is full, by recursion in nearly every case: !clrstack, and look for the frames that repeat.', '堆疊已滿，幾乎都是遞迴：用 !clrstack 找出重複的框架。'),
  code(0xc0000374, 'NTSTATUS', 'STATUS_HEAP_CORRUPTION', 'The native heap is damaged; the culprit ran earlier than the crash.', '原生堆積已損毀，元凶在當機之前就執行過。'),
  code(0xc0000409, 'NTSTATUS', 'STATUS_STACK_BUFFER_OVERRUN', 'A fail-fast (__fastfail), not necessarily a stack overrun: Environment.FailFast and abort end like this.', '快速失敗（__fastfail），不一定是堆疊溢位：Environment.FailFast 與 abort 都這樣結束。'),
  code(0xc0000017, 'NTSTATUS', 'STATUS_NO_MEMORY', 'No memory for an allocation of the system.', '系統配置記憶體失敗。'),
  code(0xc000012d, 'NTSTATUS', 'STATUS_COMMITMENT_LIMIT', 'The commit limit of the machine is reached: page file and memory are used up.', '已達整台電腦的認可上限：分頁檔與記憶體都用完了。'),
  code(0x80000003, 'NTSTATUS', 'STATUS_BREAKPOINT', 'A breakpoint. In a dump of a running process: the event the debugger made, nothing is wrong.', '中斷點。若傾印取自執行中的處理序，這只是偵錯工具造成的事件，沒有問題。'),
  code(0x80000004, 'NTSTATUS', 'STATUS_SINGLE_STEP', 'A single step, or a hardware breakpoint.', '單步執行或硬體中斷點。'),
  code(0xc000013a, 'NTSTATUS', 'STATUS_CONTROL_C_EXIT', 'Ended by Ctrl+C or by closing the console.', '因 Ctrl+C 或關閉主控台而結束。'),
  code(0xc0000142, 'NTSTATUS', 'STATUS_DLL_INIT_FAILED', 'A DLL failed to initialise.', 'DLL 初始化失敗。'),
  code(0xc0000135, 'NTSTATUS', 'STATUS_DLL_NOT_FOUND', 'A DLL the process needs is missing.', '缺少處理序所需的 DLL。'),
  code(0x80131500, 'HResult', 'COR_E_EXCEPTION', 'System.Exception, and every exception that sets no HResult of its own (RedisServerException).', 'System.Exception，以及所有沒有自訂 HResult 的例外狀況（例如 RedisServerException）。'),
  code(0x80131501, 'HResult', 'COR_E_SYSTEM', 'System.SystemException.', 'System.SystemException。'),
  code(0x80131505, 'HResult', 'COR_E_TIMEOUT', 'System.TimeoutException (RedisTimeoutException derives from it).', 'System.TimeoutException（RedisTimeoutException 由它衍生）。'),
  code(0x80131506, 'HResult', 'COR_E_EXECUTIONENGINE', 'System.ExecutionEngineException: the runtime found itself damaged. Often a native overwrite.', 'System.ExecutionEngineException：執行階段發現自己損毀，常是原生程式寫壞記憶體。'),
  code(0x80131508, 'HResult', 'COR_E_INDEXOUTOFRANGE', 'System.IndexOutOfRangeException.', 'System.IndexOutOfRangeException。'),
  code(0x80131509, 'HResult', 'COR_E_INVALIDOPERATION', 'System.InvalidOperationException.', 'System.InvalidOperationException。'),
  code(0x80131515, 'HResult', 'COR_E_NOTSUPPORTED', 'System.NotSupportedException.', 'System.NotSupportedException。'),
  code(0x80131522, 'HResult', 'COR_E_TYPELOAD', 'System.TypeLoadException: an assembly of another version than at build.', 'System.TypeLoadException：載入的組件與建置時版本不同。'),
  code(0x80131530, 'HResult', 'COR_E_THREADABORTED', 'System.Threading.ThreadAbortException: Response.End or an executionTimeout.', 'System.Threading.ThreadAbortException：Response.End 或 executionTimeout。'),
  code(0x80131534, 'HResult', 'COR_E_TYPEINITIALIZATION', 'System.TypeInitializationException: look at the inner exception.', 'System.TypeInitializationException：請看內部例外狀況。'),
  code(0x80131537, 'HResult', 'COR_E_FORMAT', 'System.FormatException.', 'System.FormatException。'),
  code(0x8013153b, 'HResult', 'COR_E_OPERATIONCANCELED', 'System.OperationCanceledException: usually a client that left.', 'System.OperationCanceledException：多半是用戶端離開了。'),
  code(0x80131577, 'HResult', 'COR_E_KEYNOTFOUND', 'System.Collections.Generic.KeyNotFoundException.', 'System.Collections.Generic.KeyNotFoundException。'),
  code(0x80131600, 'HResult', 'COR_E_APPLICATION', 'System.ApplicationException.', 'System.ApplicationException。'),
  code(0x80131604, 'HResult', 'COR_E_TARGETINVOCATION', 'System.Reflection.TargetInvocationException: look at the inner exception.', 'System.Reflection.TargetInvocationException：請看內部例外狀況。'),
  code(0x80131620, 'HResult', 'COR_E_IO', 'System.IO.IOException.', 'System.IO.IOException。'),
  code(0x80131622, 'HResult', 'COR_E_OBJECTDISPOSED', 'System.ObjectDisposedException.', 'System.ObjectDisposedException。'),
  code(0x80131621, 'HResult', 'COR_E_FILELOAD', 'System.IO.FileLoadException: found, and not loadable (version, bitness, policy).', 'System.IO.FileLoadException：找到了卻無法載入（版本、位元數或原則）。'),
  code(0x80070002, 'HResult', 'ERROR_FILE_NOT_FOUND', 'FileNotFoundException, often an assembly.', 'FileNotFoundException，常是組件。'),
  code(0x80070005, 'HResult', 'E_ACCESSDENIED', 'UnauthorizedAccessException.', 'UnauthorizedAccessException。'),
  code(0x8007000b, 'HResult', 'ERROR_BAD_FORMAT', 'BadImageFormatException: 32-bit and 64-bit mixed.', 'BadImageFormatException：混用了 32 位元與 64 位元。'),
  code(0x8007000e, 'HResult', 'E_OUTOFMEMORY', 'System.OutOfMemoryException. One on the heap without frames is preallocated and means nothing.', 'System.OutOfMemoryException。堆積上若只有一個且沒有框架，那是預先配置的，不代表什麼。'),
  code(0x80070057, 'HResult', 'E_INVALIDARG', 'System.ArgumentException and its kin.', 'System.ArgumentException 及其衍生型別。'),
  code(0x800703e9, 'HResult', 'ERROR_STACK_OVERFLOW', 'System.StackOverflowException.', 'System.StackOverflowException。'),
  code(0x80004001, 'HResult', 'E_NOTIMPL', 'Not implemented.', '尚未實作。'),
  code(0x80004002, 'HResult', 'E_NOINTERFACE', 'System.InvalidCastException; SOS prints it when an interface of the DAC is missing.', 'System.InvalidCastException；缺少 DAC 介面時 SOS 也會顯示它。'),
  code(0x80004003, 'HResult', 'E_POINTER', 'System.NullReferenceException.', 'System.NullReferenceException。'),
  code(0x80004005, 'HResult', 'E_FAIL', 'Failed without saying why. Of the DAC: it could not read the dump; check version and bitness.', '失敗，沒有說明原因。若來自 DAC：它讀不到傾印，請檢查版本與位元數。'),
];

const BY_VALUE = new Map(CODES.map((c) => [c.value, c]));

/** Numbers of a text: hexadecimal with or without 0x, decimal with a sign as event logs write them. */
function numbers(text: string): number[] {
  const found: number[] = [];
  for (const [word] of text.matchAll(/-\d{9,10}\b|\b(?:0x)?[0-9a-f]{8}\b|\b\d{10}\b/gi)) {
    const value = word.startsWith('-') || (/^\d{10}$/.test(word)) ? Number(word) : Number.parseInt(word.replace(/^0x/i, ''), 16);
    if (Number.isFinite(value)) found.push(value < 0 ? value + 0x100000000 : value);
  }
  return [...new Set(found)];
}

export function decodeCode(text: string): Answer[] {
  const answers: Answer[] = [];
  for (const value of numbers(text)) {
    const known = BY_VALUE.get(value);
    const hex = `0x${value.toString(16).padStart(8, '0')}`;
    if (known) answers.push({ title: same(`${hex} ${known.name}`), paragraphs: [both(known.en, known.zh)], code: [`${known.kind}  ${hex}  ${(value | 0)}`] });
    else if (value >= 0x80000000) answers.push({ title: same(hex), paragraphs: [facility(value)] });
  }
  const dac = decodeDacName(text);
  return dac ? [dac, ...answers] : answers;
}

/** What the parts of an unknown code say (winerror.h: severity, facility, number). */
function facility(value: number): Answer['paragraphs'][number] {
  const id = (value >>> 16) & 0x7ff;
  const number = value & 0xffff;
  if (id === 0x13) return both(`An HResult of the .NET runtime (facility 0x13), number 0x${number.toString(16)}.`, `.NET 執行階段的 HResult（facility 0x13），編號 0x${number.toString(16)}。`);
  if (id === 7) return both(`A Win32 error as HResult: error ${number}.`, `以 HResult 表示的 Win32 錯誤：代碼 ${number}。`);
  return both(`Not in this table. Facility 0x${id.toString(16)}, number 0x${number.toString(16)}.`, `不在這張表中。facility 0x${id.toString(16)}，編號 0x${number.toString(16)}。`);
}

/** `mscordacwks_AMD64_x86_4.7.3190.00.dll`: the debugger's processor, the process's processor, the runtime's version. */
const DAC = /\b(mscordacwks|mscordaccore|sos)_(x86|amd64|x64|arm64|arm)_(x86|amd64|x64|arm64|arm)_(\d+)\.(\d+)\.(\d+)\.(\d+)(?:\.dll)?/i;

export function decodeDacName(text: string): Answer | undefined {
  const match = DAC.exec(text);
  if (!match) return undefined;
  const [full, file, host, target, major, minor, build, revision] = match;
  const core = file.toLowerCase() === 'mscordaccore' || Number(major) >= 5;
  const version = `${major}.${minor}.${build}.${revision}`;
  const bits = (cpu: string) => (/^(x86|arm)$/i.test(cpu) ? 32 : 64);
  const runtime = core ? `.NET ${major} (coreclr.dll ${version})` : `.NET Framework (clr.dll ${version})`;
  const paragraphs = [
    both(`A debugger for ${host} asks for the data access component of ${runtime} in a ${bits(target)}-bit process (${target}).`, `${host} 版的偵錯工具要找 ${runtime} 的資料存取元件（DAC），目標是 ${bits(target)} 位元的處理序（${target}）。`),
    host.toLowerCase() === target.toLowerCase()
      ? both('Same processor on both sides: any machine with exactly this runtime has the file; the symbol server has it for released builds.', '兩邊的處理器相同：任何裝有這個版本執行階段的電腦都有此檔；正式版本可從符號伺服器取得。')
      : both('The processors differ: only the symbol server has such a cross-bitness file, and not for every build. Use a debugger of the process’s bitness.', '兩邊的處理器不同：這種跨位元的檔案只有符號伺服器可能有，而且不是每個版本都有。請改用與處理序相同位元數的偵錯工具。'),
    core
      ? both('On the machine the dump comes from it lies beside coreclr.dll, named mscordaccore.dll.', '在產生傾印的電腦上，它與 coreclr.dll 放在一起，檔名是 mscordaccore.dll。')
      : both('On the machine the dump comes from it lies in the Framework folder, named mscordacwks.dll: copy it under the long name into the symbol path.', '在產生傾印的電腦上，它在 Framework 資料夾中，檔名是 mscordacwks.dll：複製一份，改用長檔名放到符號路徑。'),
  ];
  return { title: same(full), paragraphs, code: ['.cordll -ve -u -l'], see: 'kb/sos-will-not-load/' };
}
