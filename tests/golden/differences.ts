/**
 * Every place where our text is not SOS's, with its reason. Nothing else is tolerated: the golden test compares whole
 * outputs, and fails when a difference listed here is no longer there.
 */
export type Difference = {
  /** Command of the section, exactly, or a pattern for families. */
  readonly command: string | RegExp;
  readonly dumps?: readonly string[];
  /** Only sections whose golden matches. */
  readonly when?: RegExp;
  readonly reason: string;
} & (
  /** Lines of the golden by number (from 1) and what we print instead; all others are equal. */
  | { readonly kind: 'lines'; readonly lines: readonly (readonly [number: number, golden: string, ours: string])[] }
  /** Our text without the characters that dotnet-dump's console drops is equal; ours has such characters. */
  | { readonly kind: 'console' }
  /** Rewrites of the golden, each documented by the reason; the rest is equal. */
  | { readonly kind: 'rewrite'; readonly rewrites: readonly (readonly [golden: RegExp, ours: string])[] }
  /** The recorded SOS refused or failed; ours answers. `expect` must be in our text. */
  | { readonly kind: 'answered'; readonly expect: RegExp }
  /** Our own text on purpose; `expect` must be in it. */
  | { readonly kind: 'own'; readonly expect: RegExp }
  /** Not written, or not equal, yet: reported as skipped. Fails as soon as it is equal, so that the table cannot rot. */
  | { readonly kind: 'pending' }
);

const LLDB_NAMES = 'lldb makes up names for functions without symbols; ours gives the module and the offset';

export const DIFFERENCES: readonly Difference[] = [
  {
    command: /^\w/, when: /^ERROR: .*(\n.*)?\n\nDescription:\n/, kind: 'rewrite', reason: 'below a command line that it cannot read SOS prints the whole help of the command; ours says what is wrong',
    rewrites: [[/\n\nDescription:\n[\s\S]*$/, '']],
  },
  { command: /^dumplog /, dumps: ['stresslog-linux-x64'], kind: 'rewrite', reason: 'we name the file and its size when it is complete', rewrites: [[/(Stress log address = \S+\n)/, '$1File: stress.txt (41,656 bytes)\n']] },
  { command: 'histstats', dumps: ['stresslog-linux-x64'], kind: 'rewrite', reason: 'before histinit SOS prints an empty table; we say what to do as well', rewrites: [[/^( GCCount Promotes   Relocs\n-+\nNo dup)/, 'Run histinit first: it reads the stress log.\n$1']] },
  { command: 'dumpheap -strings', dumps: ['redis-oom-linux-x64', 'redis-oom-win-x64'], kind: 'console', reason: "dotnet-dump's console drops every character outside ASCII (CharToLineConverter); ours shows them" },
  { command: /^dumpobj -refs /, kind: 'answered', expect: /GC Refs:/, reason: 'the recorded SOS failed with CommandNotFoundException after the fields; ours lists the references' },
  {
    command: 'registers', dumps: ['redis-oom-linux-x64'], kind: 'lines', reason: 'the recorded reader takes r8 for r9 and does not read eflags; NT_PRSTATUS says this',
    lines: [
      [7, 'eflags = 0x00000000', 'eflags = 0x00000246'],
      [16, 'r8 = 0x00000000FFFFFFFF', 'r8 = 0x0000000000000000'],
      [17, 'r9 = 0x0000000000000000', 'r9 = 0x00000000FFFFFFFF'],
    ],
  },
  { command: /^dumpasync( |$)/, dumps: ['redis-oom-win-x64'], kind: 'answered', expect: /Storefront\.Program\+<>c__DisplayClass0_1\+<<Main>b__3>d/, reason: 'the recorded SOS ended without a word on this dump; on the Linux dump of the same program it is equal' },
  {
    command: 'ehinfo 7f6ee86723b4', dumps: ['redis-oom-linux-x64'], kind: 'lines', reason: 'the released SOS does not name caught types on Linux; ours does',
    lines: [[16, 'EHHandler 0: TYPED catch() ', 'EHHandler 0: TYPED catch(StackExchange.Redis.RedisServerException) ']],
  },
  { command: 'help', kind: 'own', expect: /^analyzeoom, ao +\S/m, reason: 'help is generated from what each command declares, in two languages' },
  { command: /^help /, kind: 'own', expect: /^Description:\n {2}\S.*\n\nUsage:\n {2}> /, reason: 'help is generated from what each command declares, in two languages' },
  { command: /^gcroot -all /, kind: 'answered', expect: /^Found \d+ unique roots\.$/m, reason: 'the recorded SOS no longer knows -all, which its help still describes; here it is accepted and changes nothing' },
  { command: /^dumpconcurrentdictionary /, when: /^EXCEPTION /, kind: 'rewrite', reason: "the first recordings name the exception a command ended with; dotnet-dump prints ERROR: and its message", rewrites: [[/^EXCEPTION \w+: /, 'ERROR: ']] },
  {
    command: 'syncblk', dumps: ['orders-net11-linux-x64'], kind: 'lines',
    reason: 'since .NET 11 a lock is a System.Threading.Lock object, whose waiters the DAC does not read; ours counts them (1 + 2 for each of three)',
    lines: [[2, '    1 00007F6528001398            1         1 000055DE41FDABF0 3d31   5   00007f6534803388 System.Object', '    1 00007F6528001398            7         1 000055DE41FDABF0 3d31   5   00007f6534803388 System.Object']],
  },
  { command: /^dumpdelegate /, dumps: ['orders-net11-linux-x64'], kind: 'answered', expect: /EncodingTable\.InternalGetCodePageFromName\(System\.String\)$/, reason: 'the recorded SOS does not know the fields that delegates have in .NET 11 and lists nothing' },
  {
    command: 'gcroot 7f6534803ba0', dumps: ['orders-net11-linux-x64'], kind: 'rewrite', reason: 'the recorded SOS names a neighbour of the static variable: the object at this place is no ManualResetEventSlim',
    rewrites: [[/static variable: System\.Threading\.ManualResetEventSlim\.StockHeld/g, 'static variable: System.Threading.Tasks.TaskCompletionSource<System.Int32>.NeverPaid']],
  },
  {
    command: /^(dumpmd|ip2md|ehinfo) 7f65(5e|5d)/, dumps: ['orders-net11-linux-x64'], kind: 'rewrite', reason: 'the DAC of .NET 11 gives no address of the IL',
    rewrites: [[/(OrderService\.Program\.Main[^]*IL Addr: +)0{16}/, '$100007f65dca30334'], [/(WaitSubsystem[^]*IL Addr: +)0{16}/, '$100007f655db68ab0']],
  },
  {
    command: 'dumpexceptions', dumps: ['orders-x86-win'], kind: 'rewrite', reason: 'the recorded SOS reads stack traces of 32-bit processes one word off and finds no method; its own pe does not',
    rewrites: [[/(no stock for order \d\n {8}StackFrame: )/g, '$1OrderService.Program.Reserve(Int32)'], [/(order \d failed\n {8}StackFrame: )/g, '$1OrderService.Program.Ship(Int32)']],
  },
  { command: 'ehinfo 6a73448', dumps: ['orders-x86-win'], kind: 'rewrite', reason: 'the recorded SOS cannot name the caught type of another assembly', rewrites: [[/catch\(.*\) $/m, 'catch(System.InvalidOperationException) ']] },
  { command: 'dumpil 6ab5dc0', dumps: ['orders-x86-win'], kind: 'rewrite', reason: 'the first line is an address of the debugger itself', rewrites: [[/^ilAddr is .*\n/, '']] },
  { command: 'ip2md 6a71af5', dumps: ['orders-x86-win'], kind: 'rewrite', reason: 'a method with a loop is compiled with optimization at once where there is no on-stack replacement; the runtime notes that in a table we do not read', rewrites: [[/\(Optimized\)/, '(QuickJitted)']] },
  {
    command: /^gcroot /, dumps: ['orders-x86-win'], kind: 'rewrite', reason: 'the DAC gives distances from ebp without their sign; and the recorded SOS names neighbours of static variables',
    rewrites: [
      [/ebp\+/g, 'ebp-'], [/static variable: System\.Threading\.ManualResetEventSlim\.StockHeld/g, 'static variable: System.Threading.Tasks.TaskCompletionSource<System.Int32>.NeverPaid'],
      [/static variable: System\.Collections\.Concurrent\.ConcurrentQueue<System\.Exception>\.Errors/g, 'static variable: System.Object.StockLock'],
    ],
  },
  { command: /^gcinfo /, dumps: ['orders-x86-win'], kind: 'pending', reason: 'the text of x86 GC info is not printed' },
  {
    command: /^clrstack .*-r/, dumps: ['redis-oom-linux-x64'], kind: 'rewrite', reason: 'the recorded reader takes r8 for r9; NT_PRSTATUS says this',
    rewrites: [[/^ {5}r8=([0-9a-f]{16}) {2}r9=([0-9a-f]{16})/gm, '     r8=$2  r9=$1']],
  },
  {
    command: 'clru -n 00007F6EEC2FD961', kind: 'lines', reason: LLDB_NAMES,
    lines: [
      [189, '00007f6eec2fdaed e8fe4f7b7a           call    0x7f6f66ab2af0 (libcoreclr.so!___lldb_unnamed_symbol11629)', '00007f6eec2fdaed e8fe4f7b7a           call    0x7f6f66ab2af0 (libcoreclr+0x4b2af0)'],
      [195, '00007f6eec2fdb04 e807507b7a           call    0x7f6f66ab2b10 (libcoreclr.so!___lldb_unnamed_symbol11630)', '00007f6eec2fdb04 e807507b7a           call    0x7f6f66ab2b10 (libcoreclr+0x4b2b10)'],
    ],
  },
  {
    command: 'clru -n 00007F6EE86CC81E', kind: 'lines', reason: LLDB_NAMES,
    lines: [
      [29, '00007f6ee86cc7cd e84e98217e           call    0x7f6f668e6020 (libcoreclr.so!___lldb_unnamed_symbol5044)', '00007f6ee86cc7cd e84e98217e           call    0x7f6f668e6020 (libcoreclr+0x2e6020)'],
      [103, '00007f6ee86cc8e5 e8a69e217e           call    0x7f6f668e6790 (libcoreclr.so!___lldb_unnamed_symbol5048)', '00007f6ee86cc8e5 e8a69e217e           call    0x7f6f668e6790 (libcoreclr+0x2e6790)'],
      [147, '00007f6ee86cc976 e8159e217e           call    0x7f6f668e6790 (libcoreclr.so!___lldb_unnamed_symbol5048)', '00007f6ee86cc976 e8159e217e           call    0x7f6f668e6790 (libcoreclr+0x2e6790)'],
    ],
  },
  {
    command: 'clru -n -ehinfo 00007F6EE86723B4', kind: 'rewrite', reason: 'the native side of SOS does not name a caught type of another assembly; ehinfo of the same session does',
    rewrites: [[/catch\(\$TR\$1E\)/g, 'catch(StackExchange.Redis.RedisServerException)']],
  },
  { command: 'clru -n 00007F6EE96BD495', kind: 'answered', expect: /^Begin 00007F6EE96BD4[0-9A-F]{2}, size [0-9a-f]+$/m, reason: 'SOS asks whether the method was compiled, not whether the address is code: of ReadyToRun code for a P/Invoke it says "Not jitted yet"' },
  { command: /^dumpil 7f6ee(a6446e0|9010740|9c64f28|8667e08)$/, kind: 'rewrite', reason: 'SOS also tells an address inside itself (pImport)', rewrites: [[/^ilAddr is \S+ pImport is \S+\n/, '']] },
  {
    command: 'dumpil 7f6eb484d638', kind: 'rewrite', reason: 'SOS takes a method of a generic type for a plain one and fails to name it',
    rewrites: [[/0000200100000000 is not a MethodDesc\n6000002 /, '6000002 System.Span`1[[System.Object, System.Private.CoreLib]].get_Item(Int32)']],
  },
  { command: 'clru -n 7f6eebd78298', kind: 'answered', expect: /^Begin 00007F6EE9B00400, size 370\n00007f6ee9b00400 55 {19}push {4}rbp$/m, reason: 'SOS refuses code of DynamicMethods; ours shows it like any other' },
];
