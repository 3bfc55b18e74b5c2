import type { Lang } from '../lib/bytes/index.ts';

/** The glossary's sections; their headings are in the page. */
export type GlossarySection = 'tools-and-files' | 'objects-and-types' | 'garbage-collection' | 'exceptions' | 'threads-and-locks' | 'redis-and-sessions';

/** A term: the glossary page is made of these, and so are the definitions that articles show at a term's first occurrence. */
export interface Term {
  /** Also its anchor: `term-` and this. */
  readonly id: string;
  readonly section: GlossarySection;
  readonly name: Readonly<Record<Lang, string>>;
  /** One or two sentences; code in backticks. */
  readonly means: Readonly<Record<Lang, string>>;
  /** A command of the Redis sample that shows the thing. */
  readonly command?: string;
  /** How articles write it. Without capital letters it is found with them too. */
  readonly words: Readonly<Record<Lang, readonly string[]>>;
}

export const GLOSSARY: readonly Term[] = [
  {
    id: 'dump', section: 'tools-and-files', name: { en: 'Dump', 'zh-tw': '傾印' },
    means: { en: 'A file with a process’s memory at one moment. Full has all of it, mini only some', 'zh-tw': '某一刻的處理序記憶體存成的檔案。完整傾印全都有，小型傾印只有一部分' },
    words: { en: ['dump', 'dumps'], 'zh-tw': ['傾印'] },
  },
  {
    id: 'core', section: 'tools-and-files', name: { en: 'Core', 'zh-tw': '核心傾印' },
    means: { en: 'A dump of a Linux process, an ELF file', 'zh-tw': 'Linux 處理序的傾印，是 ELF 檔' },
    words: { en: ['core dump', 'core dumps', 'core file'], 'zh-tw': ['核心傾印'] },
  },
  {
    id: 'minidump-stream', section: 'tools-and-files', name: { en: 'Minidump stream', 'zh-tw': '小型傾印資料流' },
    means: { en: 'A labelled part of a Windows dump: modules, threads, memory, exception. A full dump is a minidump with everything in it', 'zh-tw': 'Windows 傾印裡有標籤的一段：模組、執行緒、記憶體、例外狀況。完整傾印就是什麼都裝的小型傾印' },
    words: { en: ['minidump stream', 'minidump'], 'zh-tw': ['小型傾印資料流', '小型傾印'] },
  },
  {
    id: 'sos', section: 'tools-and-files', name: { en: 'SOS', 'zh-tw': 'SOS' },
    means: { en: 'The debugger extension with the managed commands', 'zh-tw': '提供受控指令的偵錯延伸模組' },
    words: { en: ['SOS'], 'zh-tw': ['SOS'] },
  },
  {
    id: 'dac', section: 'tools-and-files', name: { en: 'DAC', 'zh-tw': '資料存取元件' }, command: '.cordll -ve -l',
    means: { en: 'The runtime’s code compiled to read a dump. One for each build of the runtime and each pair of architectures.', 'zh-tw': '改為讀取傾印的執行階段程式碼。每個執行階段組建、每組架構各有一個。' },
    words: { en: ['DAC'], 'zh-tw': ['DAC', '資料存取元件'] },
  },
  {
    id: 'dml', section: 'tools-and-files', name: { en: 'DML', 'zh-tw': '偵錯工具標記語言' },
    means: { en: 'What makes addresses in WinDbg’s output clickable', 'zh-tw': '讓 WinDbg 輸出的位址可以點選' },
    words: { en: ['DML'], 'zh-tw': ['DML'] },
  },
  {
    id: 'symbol-path', section: 'tools-and-files', name: { en: 'Symbol path', 'zh-tw': '符號路徑' }, command: '.sympath',
    means: { en: 'Where a debugger looks for PDBs and for the DAC.', 'zh-tw': '偵錯工具尋找 PDB 與 DAC 的地方。' },
    words: { en: ['symbol path'], 'zh-tw': ['符號路徑'] },
  },
  {
    id: 'pdb', section: 'tools-and-files', name: { en: 'PDB', 'zh-tw': '符號檔' },
    means: { en: 'Names, source files and lines of a build', 'zh-tw': '某個組建的名稱、原始檔與行號' },
    words: { en: ['PDB', 'PDBs'], 'zh-tw': ['PDB'] },
  },
  {
    id: 'symbol-server', section: 'tools-and-files', name: { en: 'Symbol server', 'zh-tw': '符號伺服器' },
    means: { en: 'A store indexed by the fingerprint of a file', 'zh-tw': '以檔案指紋為索引的倉庫' },
    words: { en: ['symbol server', 'symbol servers'], 'zh-tw': ['符號伺服器'] },
  },
  {
    id: 'wow64', section: 'tools-and-files', name: { en: 'WOW64', 'zh-tw': 'WOW64' },
    means: { en: 'The layer in which 32-bit processes run on 64-bit Windows', 'zh-tw': '64 位元 Windows 上執行 32 位元處理序的那一層' },
    words: { en: ['WOW64'], 'zh-tw': ['WOW64'] },
  },
  {
    id: 'effective-machine', section: 'tools-and-files', name: { en: 'Effective machine', 'zh-tw': '有效機器類型' },
    means: { en: 'As which architecture WinDbg looks at a target; `.effmach`', 'zh-tw': 'WinDbg 以哪種架構看待目標；`.effmach`' },
    words: { en: ['effective machine'], 'zh-tw': ['有效機器類型'] },
  },
  {
    id: 'foreach', section: 'tools-and-files', name: { en: '.foreach', 'zh-tw': '.foreach' },
    means: { en: 'Runs a command for every word another command printed', 'zh-tw': '對另一道指令印出的每個字執行一次指令' },
    words: { en: [], 'zh-tw': [] },
  },
  {
    id: 'managed-heap', section: 'objects-and-types', name: { en: 'Managed heap', 'zh-tw': '受控堆積' },
    means: { en: 'Where .NET objects live', 'zh-tw': '.NET 物件住的地方' },
    words: { en: ['managed heap'], 'zh-tw': ['受控堆積'] },
  },
  {
    id: 'methodtable', section: 'objects-and-types', name: { en: 'MethodTable (MT)', 'zh-tw': '方法資料表' }, command: '!dumpheap -stat',
    means: { en: 'The runtime’s description of a type; each object begins with a pointer to it.', 'zh-tw': '執行階段對型別的描述，每個物件開頭都指向它。' },
    words: { en: ['MethodTable', 'MethodTables', 'MT'], 'zh-tw': ['方法資料表', 'MethodTable'] },
  },
  {
    id: 'eeclass', section: 'objects-and-types', name: { en: 'EEClass', 'zh-tw': 'EEClass' },
    means: { en: 'The colder half of a type’s description; the other is its MethodTable', 'zh-tw': '型別描述中較少用到的那一半，另一半是方法資料表' },
    words: { en: ['EEClass'], 'zh-tw': ['EEClass'] },
  },
  {
    id: 'methoddesc', section: 'objects-and-types', name: { en: 'MethodDesc', 'zh-tw': 'MethodDesc' },
    means: { en: 'The runtime’s description of a method', 'zh-tw': '執行階段對方法的描述' },
    words: { en: ['MethodDesc'], 'zh-tw': ['MethodDesc'] },
  },
  {
    id: 'free-object', section: 'objects-and-types', name: { en: 'Free object', 'zh-tw': 'Free' },
    means: { en: 'A gap between objects, shown as if it were one', 'zh-tw': '物件之間的空隙，列出來時像個物件' },
    words: { en: ['free object', 'free objects'], 'zh-tw': ['Free 物件'] },
  },
  {
    id: 'root', section: 'objects-and-types', name: { en: 'Root', 'zh-tw': 'GC 根' },
    means: { en: 'Where the collector starts: stacks, statics, handles, the finalizer queue', 'zh-tw': '記憶體回收的起點：堆疊、靜態欄位、控制代碼、完成項佇列' },
    words: { en: ['root', 'roots', 'GC root'], 'zh-tw': ['GC 根'] },
  },
  {
    id: 'gc-handle', section: 'objects-and-types', name: { en: 'GC handle', 'zh-tw': 'GC 控制代碼' }, command: '!gchandles -stat',
    means: { en: 'A root kept in a table: strong, weak, pinned, dependent.', 'zh-tw': '放在表裡的根：強式、弱式、釘選、相依。' },
    words: { en: ['GC handle', 'GC handles'], 'zh-tw': ['GC 控制代碼'] },
  },
  {
    id: 'pinned', section: 'objects-and-types', name: { en: 'Pinned', 'zh-tw': '釘選' },
    means: { en: 'May not be moved, because native code has the address', 'zh-tw': '不能移動，因為原生程式碼拿著位址' },
    words: { en: ['pinned'], 'zh-tw': ['釘選的物件', '釘選控制代碼'] },
  },
  {
    id: 'retained-size', section: 'objects-and-types', name: { en: 'Retained size', 'zh-tw': '保留大小' },
    means: { en: 'Bytes that would become free if the object went. `!objsize`', 'zh-tw': '這個物件消失時會一起釋出的位元組。`!objsize`' },
    words: { en: ['retained size'], 'zh-tw': ['保留大小'] },
  },
  {
    id: 'generation', section: 'garbage-collection', name: { en: 'Generation 0, 1, 2', 'zh-tw': '第 0、1、2 層代' },
    means: { en: 'New objects start in 0; survivors are promoted', 'zh-tw': '新物件從 0 開始，存活的往上升' },
    words: { en: ['generation 0', 'generation 1', 'generation 2', 'generations'], 'zh-tw': ['第 0 層代', '第 1 層代', '第 2 層代', '層代'] },
  },
  {
    id: 'loh', section: 'garbage-collection', name: { en: 'LOH', 'zh-tw': '大型物件堆積' },
    means: { en: 'Objects of 85,000 bytes and more; collected with generation 2', 'zh-tw': '85,000 位元組以上的物件，與第 2 代一起回收' },
    words: { en: ['LOH', 'large object heap'], 'zh-tw': ['LOH', '大型物件堆積'] },
  },
  {
    id: 'poh', section: 'garbage-collection', name: { en: 'POH', 'zh-tw': '釘選物件堆積' },
    means: { en: 'For objects born pinned', 'zh-tw': '給一出生就釘選的物件' },
    words: { en: ['POH', 'pinned object heap'], 'zh-tw': ['POH', '釘選物件堆積'] },
  },
  {
    id: 'frozen', section: 'garbage-collection', name: { en: 'Frozen (FOH, NonGC)', 'zh-tw': '凍結物件堆積' },
    means: { en: 'String literals and the like; never collected', 'zh-tw': '字串常值之類，永不回收' },
    words: { en: ['frozen heap', 'frozen object heap'], 'zh-tw': ['凍結物件堆積'] },
  },
  {
    id: 'region', section: 'garbage-collection', name: { en: 'Region, segment', 'zh-tw': '區域、區段' }, command: '!eeheap -gc',
    means: { en: 'The pieces a heap is made of; regions since .NET 7.', 'zh-tw': '組成堆積的單位；.NET 7 起改用區域。' },
    words: { en: ['regions'], 'zh-tw': [] },
  },
  {
    id: 'finalizer', section: 'garbage-collection', name: { en: 'Finalizer', 'zh-tw': '完成項' }, command: '!finalizequeue -stat',
    means: { en: 'Code to run before an object goes; one thread for all.', 'zh-tw': '物件消失前要執行的程式，全部共用一個執行緒。' },
    words: { en: ['finalizer', 'finalizers'], 'zh-tw': ['完成項'] },
  },
  {
    id: 'fragmentation', section: 'garbage-collection', name: { en: 'Fragmentation', 'zh-tw': '記憶體分散' },
    means: { en: 'Free space in pieces too small to use', 'zh-tw': '可用空間碎成太小、用不上的片段' },
    words: { en: ['fragmentation', 'fragmented'], 'zh-tw': ['記憶體分散', '破碎化'] },
  },
  {
    id: 'memory-leak', section: 'garbage-collection', name: { en: 'Memory leak', 'zh-tw': '記憶體流失' },
    means: { en: 'In .NET: objects nobody needs, still reachable from a root', 'zh-tw': '在 .NET 裡指沒有人需要、卻仍然從根到得了的物件' },
    words: { en: ['memory leak', 'leak'], 'zh-tw': ['記憶體流失'] },
  },
  {
    id: 'first-chance', section: 'exceptions', name: { en: 'First chance', 'zh-tw': '第一次機會例外狀況' },
    means: { en: 'At the throw, before anybody looks for a handler', 'zh-tw': '擲回的當下，還沒有人去找處理常式' },
    words: { en: ['first chance', 'first-chance'], 'zh-tw': ['第一次機會例外狀況', '第一次機會'] },
  },
  {
    id: 'unhandled', section: 'exceptions', name: { en: 'Unhandled', 'zh-tw': '未處理的例外狀況' },
    means: { en: 'No handler; the process ends', 'zh-tw': '沒有處理常式，處理序結束' },
    words: { en: ['unhandled exception', 'unhandled'], 'zh-tw': ['未處理的例外狀況'] },
  },
  {
    id: 'inner-exception', section: 'exceptions', name: { en: 'Inner exception', 'zh-tw': '內部例外狀況' }, command: '!pe 7c5cfd8',
    means: { en: 'The cause wrapped by the programmer.', 'zh-tw': '程式設計師包進去的原因。' },
    words: { en: ['inner exception', 'inner exceptions'], 'zh-tw': ['內部例外狀況'] },
  },
  {
    id: 'nested-exception', section: 'exceptions', name: { en: 'Nested exception', 'zh-tw': '巢狀例外狀況' },
    means: { en: 'Thrown while another was still being handled', 'zh-tw': '前一個還在處理時又擲回的' },
    words: { en: ['nested exception', 'nested exceptions'], 'zh-tw': ['巢狀例外狀況'] },
  },
  {
    id: 'preallocated', section: 'exceptions', name: { en: 'Preallocated exception', 'zh-tw': '預先配置的例外狀況' }, command: '!dumpexceptions -type OutOfMemory',
    means: { en: 'Made at start-up; never happened.', 'zh-tw': '啟動時就建好，從沒發生過。' },
    words: { en: ['preallocated exception', 'preallocated exceptions', 'preallocated'], 'zh-tw': ['預先配置的例外狀況', '預先配置'] },
  },
  {
    id: 'hresult', section: 'exceptions', name: { en: 'HResult', 'zh-tw': 'HResult' },
    means: { en: '32-bit error number; `80131500` is a plain Exception', 'zh-tw': '32 位元錯誤代碼；`80131500` 就是一般的 Exception' },
    words: { en: ['HResult', 'HRESULT'], 'zh-tw': ['HResult', 'HRESULT'] },
  },
  {
    id: 'seh-code', section: 'exceptions', name: { en: 'SEH code', 'zh-tw': 'SEH 代碼' },
    means: { en: 'Windows\' exception number; `e0434352` is .NET, `c0000005` an access violation', 'zh-tw': 'Windows 的例外代碼；`e0434352` 是 .NET，`c0000005` 是存取違規' },
    words: { en: ['SEH code', 'SEH'], 'zh-tw': ['SEH 代碼', 'SEH'] },
  },
  {
    id: 'starvation', section: 'threads-and-locks', name: { en: 'Thread pool starvation', 'zh-tw': '執行緒集區耗盡' }, command: '!threadpool',
    means: { en: 'All workers wait, new ones come slowly, work queues up.', 'zh-tw': '背景工作執行緒全在等，新的來得很慢，工作排起隊來。' },
    words: { en: ['thread pool starvation', 'thread-pool starvation', 'starvation'], 'zh-tw': ['執行緒集區耗盡'] },
  },
  {
    id: 'sync-block', section: 'threads-and-locks', name: { en: 'Sync block', 'zh-tw': '同步區塊' }, command: '!syncblk',
    means: { en: 'Where the runtime keeps an object’s contended lock.', 'zh-tw': '有人爭用時，執行階段存放物件鎖定的地方。' },
    words: { en: ['sync block', 'sync blocks'], 'zh-tw': ['同步區塊'] },
  },
  {
    id: 'thin-lock', section: 'threads-and-locks', name: { en: 'Thin lock', 'zh-tw': '精簡鎖定' },
    means: { en: 'An uncontended lock in the object’s header; not listed by `!syncblk`', 'zh-tw': '沒有爭用、放在物件標頭裡的鎖定，`!syncblk` 不會列' },
    words: { en: ['thin lock', 'thin locks'], 'zh-tw': ['精簡鎖定'] },
  },
  {
    id: 'monitorheld', section: 'threads-and-locks', name: { en: 'MonitorHeld', 'zh-tw': 'MonitorHeld' },
    means: { en: '1 for the owner plus 2 for each waiter', 'zh-tw': '擁有者算 1，每個等待者算 2' },
    words: { en: ['MonitorHeld'], 'zh-tw': ['MonitorHeld'] },
  },
  {
    id: 'deadlock', section: 'threads-and-locks', name: { en: 'Deadlock', 'zh-tw': '死結' },
    means: { en: 'A circle of threads, each waiting for the next', 'zh-tw': '一圈執行緒，每一個都在等下一個' },
    words: { en: ['deadlock', 'deadlocks'], 'zh-tw': ['死結'] },
  },
  {
    id: 'gc-mode', section: 'threads-and-locks', name: { en: 'Preemptive, cooperative', 'zh-tw': '先佔式、合作式' },
    means: { en: 'Whether the GC must wait for this thread', 'zh-tw': '記憶體回收要不要等這個執行緒' },
    words: { en: ['preemptive', 'cooperative'], 'zh-tw': ['先佔式', '合作式'] },
  },
  {
    id: 'async-state-machine', section: 'threads-and-locks', name: { en: 'Async state machine', 'zh-tw': '非同步狀態機' },
    means: { en: 'A paused `async` method as an object. `!dumpasync`', 'zh-tw': '以物件形式暫停的 `async` 方法。`!dumpasync`' },
    words: { en: ['state machine', 'state machines'], 'zh-tw': ['狀態機'] },
  },
  {
    id: 'maxmemory', section: 'redis-and-sessions', name: { en: 'maxmemory', 'zh-tw': '記憶體上限' },
    means: { en: 'Redis’s limit for data; 0 means none', 'zh-tw': 'Redis 資料的上限，0 表示不限' },
    words: { en: ['maxmemory'], 'zh-tw': ['maxmemory'] },
  },
  {
    id: 'eviction-policy', section: 'redis-and-sessions', name: { en: 'Eviction policy', 'zh-tw': '逐出原則' },
    means: { en: 'What Redis does when `maxmemory` is reached; `noeviction` refuses', 'zh-tw': '到達 `maxmemory` 時 Redis 的做法；`noeviction` 是拒絕' },
    words: { en: ['eviction policy', 'eviction'], 'zh-tw': ['逐出原則'] },
  },
  {
    id: 'denyoom', section: 'redis-and-sessions', name: { en: 'denyoom', 'zh-tw': 'denyoom' },
    means: { en: 'Mark of commands refused while memory is full', 'zh-tw': '記憶體滿時會被拒絕的指令，帶有這個標記' },
    words: { en: ['denyoom'], 'zh-tw': ['denyoom'] },
  },
  {
    id: 'ttl', section: 'redis-and-sessions', name: { en: 'TTL', 'zh-tw': '存留時間' },
    means: { en: 'How long a key has still to live', 'zh-tw': '索引鍵還能活多久' },
    words: { en: ['TTL'], 'zh-tw': ['TTL', '存留時間'] },
  },
  {
    id: 'evalsha', section: 'redis-and-sessions', name: { en: 'EVALSHA, f_…', 'zh-tw': 'EVALSHA、f_…' },
    means: { en: 'Script by SHA-1; the function name Redis gives it', 'zh-tw': '以 SHA-1 指名的指令碼；Redis 替它取的函式名稱' },
    words: { en: ['EVALSHA'], 'zh-tw': ['EVALSHA'] },
  },
  {
    id: 'session-lock', section: 'redis-and-sessions', name: { en: 'Session lock', 'zh-tw': '工作階段鎖定' },
    means: { en: 'One read-write request per session at a time', 'zh-tw': '同一個工作階段一次只能有一個可讀寫的要求' },
    words: { en: ['session lock', 'session locks'], 'zh-tw': ['工作階段鎖定'] },
  },
  {
    id: 'littles-law', section: 'redis-and-sessions', name: { en: 'Little’s law', 'zh-tw': '利特爾法則' },
    means: { en: 'Number present = arrival rate × time spent', 'zh-tw': '在場數量 = 到達速率 × 停留時間' },
    words: { en: ['Little’s law', 'Little’s law'], 'zh-tw': ['利特爾法則'] },
  },
];
