import { both } from './answer.ts';
import type { Answer } from './answer.ts';

/** A message of a debugger, SOS, the DAC, a tool or Redis, with its cause and its cure. */
export interface Family {
  readonly id: string;
  readonly pattern: RegExp;
  /** Texts as the tools print them. */
  readonly samples: readonly [string, string];
  readonly cause: Answer['paragraphs'][number];
  readonly cure: Answer['paragraphs'][number];
  readonly see?: string;
}

/** Most particular first. Texts: dotnet/diagnostics (SOS), WinDbg, StackExchange.Redis and Redis. */
export const FAMILIES: readonly Family[] = [
  {
    id: 'wrong-dac', pattern: new RegExp('CLRDLL: (?:The version of|Unable to find|Loaded DLL|LoadLibrary failed|Consistency check)', 'im'), see: 'kb/sos-will-not-load/',
    samples: ["CLRDLL: The version of clr.dll in the target does not match the version of mscordacwks.dll", "CLRDLL: Unable to find mscordaccore_AMD64_AMD64_10.0.1426.52326.dll"],
    cause: both("The DAC at hand is not of the runtime in the dump.", "手邊的 DAC 與傾印中的執行階段版本不同。"),
    cure: both("Let the debugger fetch it (.symfix, .cordll -ve -u -l) or copy mscordacwks.dll / mscordaccore.dll from the machine of the dump.", "讓偵錯工具自行下載（.symfix、.cordll -ve -u -l），或從產生傾印的電腦複製 mscordacwks.dll／mscordaccore.dll。"),
  },
  {
    id: 'dac-failed', pattern: new RegExp('Failed to load data access (?:DLL|module), 0x80004005', 'im'), see: 'kb/sos-will-not-load/',
    samples: ["Failed to load data access DLL, 0x80004005", "Failed to load data access module, 0x80004005"],
    cause: both("SOS is there, its data access component is not, or it cannot read this dump.", "SOS 已載入，但缺少資料存取元件，或它讀不到這份傾印。"),
    cure: both("Read the numbered list below the message: run .cordll -ve -u -l and look at the path it tried; check bitness and that the dump is a full one.", "看訊息下方的編號清單：執行 .cordll -ve -u -l，檢查它嘗試的路徑；再確認位元數，以及傾印是否完整。"),
  },
  {
    id: 'arch', pattern: new RegExp('SOS does not support the current target architecture', 'im'), see: 'guide/2-right-windbg/',
    samples: ["SOS does not support the current target architecture 'x64' (0x8664). A 32 bit target may require a 32 bit debugger or vice versa.", "SOS does not support the current target architecture 0x0000014c"],
    cause: both("A debugger of one bitness looks at a process of the other.", "偵錯工具與處理序的位元數不同。"),
    cure: both("Open the dump in WinDbg of the same bitness as the process.", "請用與處理序相同位元數的 WinDbg 開啟傾印。"),
  },
  {
    id: 'wow64', pattern: new RegExp('(?:wow64!|wow64cpu|ntdll_\\w+.*wow64)', 'im'), see: 'guide/1-right-dump/',
    samples: ["wow64cpu!CpupSyscallStub+0x9", "wow64!Wow64SystemServiceEx+0x155"],
    cause: both("A 64-bit tool dumped a 32-bit process: what you see is the emulation layer.", "64 位元的工具擷取了 32 位元的處理序，看到的是模擬層。"),
    cure: both("Take the dump again with a 32-bit tool (SysWOW64\\Taskmgr.exe, procdump without -64).", "請以 32 位元的工具重新擷取（SysWOW64\\Taskmgr.exe，或不加 -64 的 procdump）。"),
  },
  {
    id: 'no-export', pattern: new RegExp('No export (\\w+) found', 'im'), see: 'kb/sos-will-not-load/',
    samples: ["No export dumpheap found", "No export clrstack found"],
    cause: both("The extension that has this command is not loaded, or the name is mistyped.", "含有此指令的延伸模組沒有載入，或名稱打錯。"),
    cure: both(".loadby sos clr (Framework 4), .loadby sos coreclr (.NET Core); today’s WinDbg loads SOS by itself. .chain shows what is loaded.", ".NET Framework 4 用 .loadby sos clr，.NET Core 用 .loadby sos coreclr；現在的 WinDbg 會自動載入。.chain 可查看已載入的模組。"),
  },
  {
    id: "loadby", pattern: new RegExp("Unable to find module '(?:clr|coreclr|mscorwks)'", 'im'), see: "kb/sos-will-not-load/",
    samples: ["Unable to find module 'clr'", "Unable to find module 'mscorwks'"],
    cause: both(".loadby looks for a runtime the process does not have.", ".loadby 指定的執行階段不在處理序中。"),
    cure: both("lm m *clr* tells which one is there: mscorwks is 2.0, clr is 4.x, coreclr is .NET Core and later. None: the dump is of a native process, or too small.", "用 lm m *clr* 看是哪一個：mscorwks 是 2.0，clr 是 4.x，coreclr 是 .NET Core 之後。都沒有：傾印來自原生處理序，或內容太少。"),
  },
  {
    id: 'load-126', pattern: new RegExp('(?:The call to LoadLibrary\\(.+\\) failed, Win32 error 0n(?:126|2)\\b)', 'im'), see: 'kb/sos-will-not-load/',
    samples: ["The call to LoadLibrary(C:\\tools\\sos.dll) failed, Win32 error 0n126", "The call to LoadLibrary(sosex) failed, Win32 error 0n2"],
    cause: both("The DLL, or one it needs, is not there.", "找不到 DLL 或它所需的檔案。"),
    cure: both("Give the full path; install the Visual C++ runtime it needs; for SOS run dotnet-sos install or let WinDbg fetch it.", "請寫完整路徑，並安裝所需的 Visual C++ 執行階段；若是 SOS，請執行 dotnet-sos install 或讓 WinDbg 自行下載。"),
  },
  {
    id: 'load-193', pattern: new RegExp('(?:LoadLibrary.+failed, Win32 error 0n(?:193|87)\\b)', 'im'), see: 'guide/2-right-windbg/',
    samples: ["The call to LoadLibrary(C:\\Windows\\Microsoft.NET\\Framework\\v4.0.30319\\SOS.dll) failed, Win32 error 0n193", "LoadLibrary(mscordaccore_x86_AMD64_10.0.1426.52326.dll) failed, Win32 error 0n87"],
    cause: both("The DLL is for another processor than the debugger.", "DLL 的處理器架構與偵錯工具不同。"),
    cure: both("Framework\\ is 32-bit, Framework64\\ 64-bit: take the one of the debugger, which must be the one of the process.", "Framework\\ 是 32 位元，Framework64\\ 是 64 位元：請選與偵錯工具相同者，而偵錯工具要與處理序相同。"),
  },
  {
    id: 'pdb-mismatch', pattern: new RegExp('(?:ERROR: Module load completed but symbols could not be loaded|\\*\\*\\* WARNING: Unable to verify (?:checksum|timestamp))', 'im'), see: 'kb/symbols/',
    samples: ["*** ERROR: Module load completed but symbols could not be loaded for ntdll.dll", "*** WARNING: Unable to verify checksum for App.exe"],
    cause: both("No PDB that fits was found. For managed frames SOS does not need one.", "找不到相符的 PDB。受控框架不需要它。"),
    cure: both(".symfix; .reload /f name; !sym noisy shows where it looks.", "使用 .symfix、.reload /f 名稱；!sym noisy 會顯示尋找的位置。"),
  },
  {
    id: 'sym-export', pattern: new RegExp('Defaulted to export symbols', 'im'), see: 'kb/symbols/',
    samples: ["*** ERROR: Symbol file could not be found.  Defaulted to export symbols for ntdll.dll", "Defaulted to export symbols for clr.dll -"],
    cause: both("Names of native frames are guesses: the nearest exported function.", "原生框架的名稱只是猜測：取最接近的匯出函式。"),
    cure: both("Fix the symbol path before you believe a native stack.", "先修好符號路徑，再相信原生堆疊。"),
  },
  {
    id: 'symsrv', pattern: new RegExp('SYMSRV:.*(?:HTTPGET|0x80190194|not found|0x8007)', 'im'), see: 'kb/symbols/',
    samples: ["SYMSRV:  HTTPGET: /download/symbols/app.pdb/… 0x80190194", "SYMSRV:  c:\\symbols\\clr.dll\\… not found"],
    cause: both("The symbol server answered that it does not have the file (404), or was not reached.", "符號伺服器回答沒有這個檔案（404），或連不上。"),
    cure: both("Private PDBs are never on Microsoft’s server; a proxy needs its settings in the debugger’s environment.", "私有 PDB 不會在 Microsoft 的伺服器上；若有 Proxy，需在偵錯工具的環境中設定。"),
  },
  {
    id: 'unmanaged', pattern: new RegExp('The current thread is unmanaged', 'im'), see: 'kb/exceptions/',
    samples: ["The current thread is unmanaged", "0:003> !pe\nThe current thread is unmanaged"],
    cause: both("The selected thread has no managed state.", "目前選取的執行緒沒有受控狀態。"),
    cure: both("!threads lists those that have; ~Ns selects one.", "!threads 會列出受控執行緒，用 ~Ns 切換。"),
  },
  {
    id: 'walk', pattern: new RegExp('(?:Failed to start stack walk: 80070057|Unable to walk the managed stack)', 'im'), see: 'kb/deadlock/',
    samples: ["Unable to walk the managed stack. The current thread is likely not a managed thread.", "Failed to start stack walk: 80070057"],
    cause: both("!clrstack was asked on a thread without managed frames.", "在沒有受控框架的執行緒上執行了 !clrstack。"),
    cure: both("Select another thread (!threads, ~Ns), or ask for all: ~*e !clrstack.", "換一個執行緒（!threads、~Ns），或列出全部：~*e !clrstack。"),
  },
  {
    id: 'no-exception', pattern: new RegExp('There is no current managed exception on this thread', 'im'), see: 'kb/exceptions/',
    samples: ["There is no current managed exception on this thread", "0:000> !pe  There is no current managed exception on this thread"],
    cause: both("This thread never threw, or has forgotten it.", "這個執行緒沒有擲回過例外狀況，或已經清除。"),
    cure: both("!threads names the last exception of each thread; !dumpexceptions lists all on the heap.", "!threads 顯示各執行緒最後的例外狀況；!dumpexceptions 列出堆積上的全部。"),
  },
  {
    id: 'invalid-object', pattern: new RegExp('(?:Invalid object address|<Note: this object has an invalid CLASS field>|Invalid object\\.?$)', 'im'), see: 'kb/exceptions/',
    samples: ["<Note: this object has an invalid CLASS field>\nInvalid object", "Invalid object address: 1234"],
    cause: both("There is no object at this address: mistyped, a field’s address, or an address of another dump.", "這個位址不是物件：可能打錯、是欄位的位址，或屬於另一份傾印。"),
    cure: both("!listnearobj or !gcwhere tells what lies around it.", "用 !listnearobj 或 !gcwhere 看附近有什麼。"),
  },
  {
    id: 'not-exception', pattern: new RegExp('Not a valid exception object', 'im'), see: 'kb/exceptions/',
    samples: ["Not a valid exception object", "!pe 7c5cfd8 Not a valid exception object"],
    cause: both("The object is there and is no exception: -type matches any name that contains the word.", "那裡有物件，但不是例外狀況：-type 會比對所有含有該字的名稱。"),
    cure: both("!dumpexceptions lists exceptions only.", "!dumpexceptions 只會列出例外狀況。"),
  },
  {
    id: 'heap-corrupt', pattern: new RegExp('(?:is not in the heap|Error (?:requesting|while enumerating) (?:details|object)|The garbage collector data structures are not in a valid state for traversal)', 'im'), see: 'kb/memory-leak/',
    samples: ["The garbage collector data structures are not in a valid state for traversal.", "object 0x24c61a0: error: Error requesting details"],
    cause: both("The dump was taken in the middle of a garbage collection, or the heap is damaged.", "傾印擷取時正在回收記憶體，或堆積已損毀。"),
    cure: both("Take a second dump; !verifyheap tells where the chain of objects breaks.", "請再擷取一份；!verifyheap 會指出物件鏈在哪裡中斷。"),
  },
  {
    id: 'unknown-mt', pattern: new RegExp('(?:MethodTable: |Name: +)<Unloaded Type>|(?:<Unloaded Type>)', 'im'), see: 'kb/taking-dumps/',
    samples: ["Name:        <Unloaded Type>", "00007ff8 12 288 <Unloaded Type>"],
    cause: both("The type’s assembly was unloaded, or its data is not in the dump.", "型別所屬的組件已卸載，或資料不在傾印中。"),
    cure: both("A collectible AssemblyLoadContext is normal; otherwise take a full dump.", "可回收的 AssemblyLoadContext 屬正常現象；否則請擷取完整傾印。"),
  },
  {
    id: 'minidump', pattern: new RegExp('(?:minidump without full memory|Only a minidump|heap is not available|requires a full memory dump)', 'im'), see: 'kb/taking-dumps/',
    samples: ["This dump is a minidump without full memory; the managed heap is not available.", "The command requires a full memory dump."],
    cause: both("The dump holds stacks only.", "傾印只有堆疊。"),
    cure: both("Take it with procdump -ma, .dump /ma, dotnet-dump (type Full or Heap), WER DumpType 2.", "請用 procdump -ma、.dump /ma、dotnet-dump（Full 或 Heap）或 WER DumpType 2 擷取。"),
  },
  {
    id: 'memory-read', pattern: new RegExp('(?:Memory access error at|Unable to read memory at|0x80070?1e7)', 'im'), see: 'kb/taking-dumps/',
    samples: ["Memory access error at ')'", "Unable to read memory at 00007ff812345678"],
    cause: both("The address is not in the dump: not captured, freed, or simply wrong.", "這個位址不在傾印中：沒有擷取、已釋放，或位址錯誤。"),
    cure: both("!address ADDRESS tells what it would be; a full dump has every committed page.", "!address 位址 可看它原本是什麼；完整傾印會包含所有已認可的分頁。"),
  },
  {
    id: 'dotnet-dump-version', pattern: new RegExp('(?:Unrecognized SOS command|Could not find or load file or assembly .*SOS)', 'im'), see: 'kb/redis-on-linux/',
    samples: ["Unrecognized SOS command 'foo'", "Could not find or load file or assembly 'SOS.Extensions'"],
    cause: both("dotnet-dump does not know the command, or its installation is incomplete.", "dotnet-dump 沒有這個指令，或安裝不完整。"),
    cure: both("help lists what it has; update with dotnet tool update -g dotnet-dump.", "help 會列出可用的指令；以 dotnet tool update -g dotnet-dump 更新。"),
  },
  {
    id: 'no-runtime', pattern: new RegExp('(?:No CLR runtime found|Failed to find runtime (?:module|directory)|Failed to find runtime DLL)', 'im'), see: 'kb/sos-will-not-load/',
    samples: ["Failed to find runtime module (coreclr.dll or clr.dll or libcoreclr.so), 0x80004005", "Failed to find runtime DLL (clr.dll), 0x80004005"],
    cause: both("No .NET runtime was found in the dump.", "傾印裡找不到 .NET 執行階段。"),
    cure: both("Native process? Dump too small? Single-file or NativeAOT program (NativeAOT has no runtime SOS could read)?", "是原生處理序嗎？傾印太小嗎？是單一檔案或 NativeAOT 程式嗎（NativeAOT 沒有 SOS 可讀的執行階段）？"),
  },
  {
    id: 'dac-linux', pattern: new RegExp('libmscordaccore\\.so', 'im'), see: 'kb/redis-on-linux/',
    samples: ["Failed to load /usr/share/dotnet/libmscordaccore.so, 0x80131c4f", "libmscordaccore.so: cannot open shared object file"],
    cause: both("The DAC of Linux is missing or does not fit this core.", "缺少 Linux 的 DAC，或與這個 core 不符。"),
    cure: both("dotnet-symbol --host-only --debugging CORE fetches it; analyse on the same architecture and libc (musl or glibc).", "用 dotnet-symbol --host-only --debugging CORE 下載；分析時的架構與 libc（musl 或 glibc）也要相同。"),
  },
  {
    id: 'ptrace', pattern: new RegExp('(?:Operation not permitted|ptrace\\(ATTACH.*\\) FAILED|Permission denied.*ptrace)', 'im'), see: 'kb/taking-dumps/',
    samples: ["ptrace(ATTACH, 1234) FAILED Operation not permitted", "createdump: Operation not permitted"],
    cause: both("The system does not allow one process to look into another.", "系統不允許處理序讀取另一個處理序。"),
    cure: both("Containers: --cap-add=SYS_PTRACE; hosts: run as the same user or root, see kernel.yama.ptrace_scope.", "容器請加 --cap-add=SYS_PTRACE；主機請以相同使用者或 root 執行，並檢查 kernel.yama.ptrace_scope。"),
  },
  {
    id: 'diag-timeout', pattern: new RegExp('(?:Process with id \\d+ .*not running|No process with ID|Unable to connect to Process \\d+)', 'im'), see: 'kb/taking-dumps/',
    samples: ["Unable to connect to Process 1234.", "No process with ID 1234"],
    cause: both("The diagnostics socket of the process was not found.", "找不到處理序的診斷通訊端。"),
    cure: both("Same user, same container and same TMPDIR as the process; DOTNET_EnableDiagnostics must not be 0.", "需與處理序使用相同的使用者、容器與 TMPDIR；DOTNET_EnableDiagnostics 不可設為 0。"),
  },
  {
    id: "redis-oom", pattern: new RegExp("OOM command not allowed when used memory > 'maxmemory'", 'im'), see: "guide/after-the-error/",
    samples: ["ERR Error running script (call to f_71fe2e7962348b06aa8ce3e244cdb3f774b4f549): @user_script:4: @user_script: 4: -OOM command not allowed when used memory > 'maxmemory'.", "OOM command not allowed when used memory > 'maxmemory'."],
    cause: both("Redis is full and may not evict anything: it refuses commands that need memory.", "Redis 已滿又不能逐出，因此拒絕需要記憶體的指令。"),
    cure: both("INFO memory, CONFIG GET maxmemory*; relieve, then size it. Your process is a witness.", "用 INFO memory、CONFIG GET maxmemory* 檢查，先紓解再規劃容量。您的處理序只是證人。"),
  },
  {
    id: 'redis-timeout', pattern: new RegExp('Timeout (?:performing|awaiting)', 'im'), see: 'kb/redis-timeouts/',
    samples: ["Timeout performing GET user:1 (5000ms), next: GET, inst: 0, qu: 0, qs: 12, in: 65536, mgr: 10 of 10 available", "Timeout awaiting response (outbound=0KiB, inbound=0KiB, 5016ms elapsed, timeout is 5000ms)"],
    cause: both("No answer came in time; the numbers behind it tell where the time went.", "時間內沒有收到回應，後面的數字說明時間花在哪裡。"),
    cure: both("WORKER Busy above Min: pool starvation in your process. in: large: data waits to be read. qs large: Redis or the network is slow.", "WORKER 的 Busy 大於 Min：處理序的執行緒集區耗盡。in: 很大：資料等著被讀取。qs 很大：Redis 或網路慢。"),
  },
  {
    id: 'redis-connect', pattern: new RegExp('(?:It was not possible to connect to the redis server|No connection is (?:active/)?available to service this operation|UnableToConnect)', 'im'), see: 'kb/redis-timeouts/',
    samples: ["It was not possible to connect to the redis server(s). UnableToConnect on localhost:6379/Interactive", "No connection is active/available to service this operation: SETEX session; UnableToConnect"],
    cause: both("There is no connection to Redis.", "沒有到 Redis 的連線。"),
    cure: both("Name, port, TLS, firewall; then maxclients and the server’s log. With abortConnect=false it tries on in the background.", "檢查名稱、連接埠、TLS、防火牆，再看 maxclients 與伺服器記錄。設定 abortConnect=false 時會在背景重試。"),
  },
  {
    id: 'redis-misconf', pattern: new RegExp('MISCONF Redis is configured to save RDB snapshots', 'im'), see: 'kb/redis-timeouts/',
    samples: ["MISCONF Redis is configured to save RDB snapshots, but it is currently unable to persist to disk.", "RedisServerException: MISCONF Redis is configured to save RDB snapshots"],
    cause: both("Redis refuses writes because its last snapshot failed: disk full, rights, or no memory to fork.", "上次快照失敗，Redis 因此拒絕寫入：磁碟已滿、權限不足，或沒有記憶體可 fork。"),
    cure: both("Look at Redis’s log and free the disk; vm.overcommit_memory=1.", "查看 Redis 記錄並清出磁碟空間；設定 vm.overcommit_memory=1。"),
  },
  {
    id: "redis-readonly", pattern: new RegExp("READONLY You can't write against a read only (?:replica|slave)", 'im'), see: "kb/redis-timeouts/",
    samples: ["READONLY You can't write against a read only replica.", "READONLY You can't write against a read only slave."],
    cause: both("The client writes to a replica, as a rule after a failover.", "用戶端寫到了複本，通常發生在容錯移轉之後。"),
    cure: both("Connect to the primary or through Sentinel; StackExchange.Redis finds the new primary when all endpoints are configured.", "請連到主要節點或透過 Sentinel；設定了全部端點時 StackExchange.Redis 會自行找到新的主要節點。"),
  },
  {
    id: 'noscript', pattern: new RegExp('NOSCRIPT No matching script', 'im'), see: 'reference/redis-script/',
    samples: ["NOSCRIPT No matching script. Please use EVAL.", "RedisServerException: NOSCRIPT No matching script"],
    cause: both("Redis was restarted or flushed its scripts; the client sends the text again by itself.", "Redis 重新啟動或清除了指令碼，用戶端會自行重送內容。"),
    cure: both("Harmless unless it comes all the time.", "除非一直出現，否則無害。"),
  },
  {
    id: 'session-lock', pattern: new RegExp('(?:request queue limit of the session is exceeded|The request timed out waiting for the session lock)', 'im'), see: 'kb/session-locks/',
    samples: ["The request queue limit of the session is exceeded.", "HttpException: The request queue limit of the session is exceeded."],
    cause: both("More than aspnet:RequestQueueLimitPerSession (50) requests of one session wait for its lock.", "同一工作階段等待鎖定的要求超過 aspnet:RequestQueueLimitPerSession（50）。"),
    cure: both("One slow request, or one that died with the lock: find the owner. Make pages ReadOnly that only read.", "可能有一個要求很慢，或帶著鎖定中止：找出擁有者。只讀取的頁面請設為 ReadOnly。"),
  },
  {
    id: 'oom', pattern: new RegExp('(?:System\\.OutOfMemoryException|Insufficient memory to continue the execution)', 'im'), see: 'kb/memory-leak/',
    samples: ["Exception of type 'System.OutOfMemoryException' was thrown.", "Insufficient memory to continue the execution of the program."],
    cause: both("An allocation failed: address space (32 bit), commit limit, container limit, or one huge array.", "配置失敗：可能是位址空間（32 位元）、認可上限、容器上限，或單一巨大陣列。"),
    cure: both("!analyzeoom, !eeheap -gc, !address -summary. One without frames is preallocated.", "使用 !analyzeoom、!eeheap -gc、!address -summary。沒有框架的那一個是預先配置的。"),
  },
  {
    id: 'stack-overflow', pattern: new RegExp('(?:Stack overflow\\.|Process is terminated due to StackOverflowException)', 'im'), see: 'kb/crash/',
    samples: ["Process is terminated due to StackOverflowException.", "Stack overflow.\n   at App.Node.Walk()"],
    cause: both("Recursion without end; it cannot be caught.", "無止盡的遞迴，而且無法攔截。"),
    cure: both("The console or the dump’s !clrstack shows the frames that repeat.", "主控台或傾印的 !clrstack 會顯示重複的框架。"),
  },
  {
    id: 'unhandled', pattern: new RegExp('(?:Unhandled exception\\. |Application: .+\\.exe.*terminated due to an unhandled exception)', 'im'), see: 'kb/crash/',
    samples: ["Unhandled exception. System.InvalidOperationException: boom", "Application: OrderService.exe CoreCLR Version: 10.0.14 Description: The process was terminated due to an unhandled exception."],
    cause: both("An exception nobody caught ended the process.", "沒有人攔截的例外狀況終結了處理序。"),
    cure: both("Have a dump written next time (DOTNET_DbgEnableMiniDump=1, WER LocalDumps): !analyze -v, !pe -nested.", "下次請自動產生傾印（DOTNET_DbgEnableMiniDump=1、WER LocalDumps），再用 !analyze -v、!pe -nested。"),
  },
  {
    id: 'bad-image', pattern: new RegExp('(?:BadImageFormatException|An attempt was made to load a program with an incorrect format)', 'im'), see: 'kb/crash/',
    samples: ["System.BadImageFormatException: Could not load file or assembly 'Native'", "An attempt was made to load a program with an incorrect format. (0x8007000B)"],
    cause: both("32-bit and 64-bit code are mixed, or the file is damaged.", "混用 32 位元與 64 位元的程式碼，或檔案損毀。"),
    cure: both("Same bitness for the process and each native DLL; lm shows which one is loaded.", "處理序與每個原生 DLL 的位元數必須相同；lm 可看實際載入了哪一個。"),
  },
  {
    id: 'runaway', pattern: new RegExp('(?:Unable to get thread times - dumps may not have time information)', 'im'), see: 'kb/high-cpu/',
    samples: ["ERROR: !runaway: extension exception 0x80004002.\n    \"Unable to get thread times - dumps may not have time information\"", "Unable to get thread times - dumps may not have time information"],
    cause: both("The dump has no thread times.", "傾印沒有執行緒時間。"),
    cure: both("procdump -ma and .dump /ma write them; createdump does not.", "procdump -ma 與 .dump /ma 會寫入；createdump 不會。"),
  },
  {
    id: "no-context", pattern: new RegExp("(?:Minidump doesn't have an exception context|Unable to get exception context)", 'im'), see: "kb/crash/",
    samples: ["Minidump doesn't have an exception context", "Unable to get exception context, HRESULT 0x80004002"],
    cause: both("The dump was taken from a running process: there is no exception in it.", "傾印取自執行中的處理序，裡面沒有例外狀況。"),
    cure: both("Nothing is wrong; look at the threads instead (.ecxr is for crashes).", "這很正常；請改看執行緒（.ecxr 用於當機）。"),
  },
];

/** Families whose message is in the text, in the order of the table. */
export function decodeErrors(text: string): Family[] {
  return FAMILIES.filter((family) => family.pattern.test(text));
}
