/** What an exercise wants to see. */
export interface Exercise {
  /** Where it stands: in the guide, in the knowledge base, or in level 1, 2 or 3 of the course. */
  readonly part: Part;
  /** The sample its evidence is in. */
  readonly dump: string;
  /** Kind of the fact a terminal must have found, by whatever command. */
  readonly subject?: string;
  /** Values the fact must have: equal, or containing when the wanted text starts with `~`. */
  readonly match?: Readonly<Record<string, string | number | boolean>>;
  /** Answers that count when typed. Without them only evidence counts. */
  readonly accept?: readonly string[];
  /** Answers that come close and do not count (held against the judge by a test). */
  readonly near?: readonly string[];
  /** One way to the evidence; a test goes it with the real engine. */
  readonly solve: readonly string[];
}

export type Part = 'guide' | 'kb' | 1 | 2 | 3;

const YES: readonly string[] = ['yes', 'y', 'true', '是', '可以', '能', '會', '可能', '對'];
const NO: readonly string[] = ['no', 'n', 'false', '否', '不', '不是', '沒有', '不會', '不能', '不行', '不可以'];

/** Every exercise of the site by its id. Texts, hints and solutions are in the articles, in each language. */
export const EXERCISES: Readonly<Record<string, Exercise>> = {
  'guide-1-runtime': { part: 'guide', dump: 'redis-oom-win-x64', subject: 'setting', match: { name: 'runtime version', value: '10.0.1426.52326' }, accept: ['10.0.1426.52326'], near: ['10.0.14', '9.0.2226.52218'], solve: ['!eeversion'] },
  'guide-2-name': { part: 'guide', dump: 'redis-oom-win-x64', accept: ['x64', 'amd64'], near: ['x86', 'arm64'], solve: [] },
  'guide-3-objects': { part: 'guide', dump: 'redis-oom-win-x64', subject: 'heap', match: { objects: 53132 }, accept: ['53132'], near: ['53131', '10496032'], solve: ['!dumpheap -stat'] },
  'guide-4-string': { part: 'guide', dump: 'redis-oom-win-x64', subject: 'type', match: { name: 'System.String' }, accept: ['680ddd88'], near: ['681fcb58'], solve: ['!dumpheap -stat -type System.String'] },
  'guide-5-gc': { part: 'guide', dump: 'redis-oom-win-x64', subject: 'setting', match: { name: 'runtime version', server: false }, accept: ['workstation', '工作站'], near: ['server'], solve: ['!eeversion'] },
  'guide-6-mt': { part: 'guide', dump: 'redis-oom-win-x64', subject: 'type', match: { name: 'StackExchange.Redis.RedisServerException' }, accept: ['681fcb58'], near: ['583', '681fcb50'], solve: ['!dumpheap -type Exception -stat'] },
  'guide-7-decoy': { part: 'guide', dump: 'redis-oom-win-x64', subject: 'exception', match: { message: '~SETINFO' }, accept: ['54971b8', '54972f0', '54a1388', '54a14c0'], near: ['790f018'], solve: ['!pe 54971b8'] },
  'guide-8-oom': { part: 'guide', dump: 'redis-oom-win-x64', subject: 'exception', match: { message: '~@user_script: 4: -OOM' }, solve: ['!pe 790f018'] },
  'guide-after-script': { part: 'guide', dump: 'redis-oom-win-x64', subject: 'object', match: { text: '~SETNX' }, accept: ['540e430'], near: ['550b890'], solve: ['!do 540e430'] },

  'kb-finalizer-thread': { part: 'kb', dump: 'redis-oom-win-x64', accept: ['3'], near: ['2', '110'], solve: ['!threads'] },
  'kb-finalizer-practice': { part: 'kb', dump: 'finalizer-linux-x64', subject: 'type', match: { name: 'LedgerExport.LedgerFile' }, accept: ['LedgerExport.LedgerFile', 'LedgerFile'], near: ['LedgerConnection'], solve: ['dumpheap -stat -type LedgerFile'] },
  'kb-crash-thread': { part: 'kb', dump: 'crash-win-x64-net10', subject: 'exception', match: { type: 'System.ApplicationException', message: 'unhandled in wine target' }, accept: ['7fc041800a90'], near: ['7fc0418007c8'], solve: ['!pe'] },
  'kb-crash-practice': { part: 'kb', dump: 'crash-linux-x64', subject: 'exception', match: { type: 'System.NullReferenceException' }, accept: ['System.NullReferenceException', 'NullReferenceException'], near: ['ApplicationException'], solve: ['dumpexceptions'] },
  'kb-deadlock-waiters': { part: 'kb', dump: 'redis-oom-win-x64', subject: 'lock', match: { address: '7c5a210', waiters: 24 }, accept: ['24'], near: ['48', '49'], solve: ['!syncblk'] },
  'kb-deadlock-practice': { part: 'kb', dump: 'deadlock-linux-x64', subject: 'lock', match: { type: 'LockOrder.Account' }, accept: ['LockOrder.Account', 'Account'], near: ['System.Object'], solve: ['syncblk'] },
  'kb-async-practice': { part: 'kb', dump: 'asynchang-linux-x64', subject: 'exception', match: { type: 'System.IO.IOException' }, accept: ['System.IO.IOException', 'IOException'], near: ['OutOfMemoryException'], solve: ['dumpexceptions'] },
  'kb-ex-innermost': { part: 'kb', dump: 'crash-win-x64-net10', subject: 'exception', match: { message: 'inner failure 42' }, accept: ['inner failure 42'], near: ['order 42 failed'], solve: ['!pe 7fc0418007c8'] },
  'kb-cpu-idle': { part: 'kb', dump: 'objects-win-x64-net9', subject: 'thread', match: { top: 'System.Threading.Thread.Sleep(Int32)', stack: '~Program.Main' }, accept: ['Thread.Sleep', 'System.Threading.Thread.Sleep', 'Sleep', 'System.Threading.Thread.Sleep(Int32)'], near: ['Thread.Join', 'WaitOne'], solve: ['!clrstack'] },
  'kb-cpu-practice': { part: 'kb', dump: 'highcpu-linux-x64', subject: 'object', match: { text: '~waterproof hiking boots' }, accept: ['waterproof hiking boots for wide feet size 44 sale'], near: ['red shoes!'], solve: ['dumpobj 7fac64400828'] },
  'kb-loh-raw': { part: 'kb', dump: 'redis-oom-win-x64', subject: 'type', match: { name: 'StackExchange.Redis.RawResult[]' }, accept: ['StackExchange.Redis.RawResult[]', 'RawResult[]'], near: ['System.Byte[]'], solve: ['!dumpheap -stat -gen loh'] },
  'kb-loh-practice': { part: 'kb', dump: 'loh-linux-x64', subject: 'type', match: { name: 'Free', count: 20 }, accept: ['20'], near: ['23', '40'], solve: ['dumpheap -stat -gen loh'] },
  'kb-leak-live': { part: 'kb', dump: 'redis-oom-win-x64', subject: 'object', match: { type: 'Storefront.SessionRequest', size: 80 }, accept: ['80', '0x50'], near: ['1812'], solve: ['!do 54a7390'] },
  'kb-leak-practice': { part: 'kb', dump: 'leak-linux-x64', subject: 'type', match: { name: 'System.EventHandler<System.Int32>', count: 2001 }, accept: ['System.EventHandler<System.Int32>', 'EventHandler<Int32>', '2001'], near: ['2000', 'OrderView'], solve: ['dumpheap -stat -type EventHandler'] },
  'kb-strings-practice': { part: 'kb', dump: 'strings-linux-x64', accept: ['3000'], near: ['1501', '84000'], solve: ['dumpheap -strings'] },
  'kb-linux-mt': { part: 'kb', dump: 'redis-oom-linux-x64', subject: 'type', match: { name: 'StackExchange.Redis.RedisServerException' }, accept: ['7f6ee8b35d30'], near: ['681fcb58'], solve: ['dumpheap -type Exception -stat'] },
  'kb-timeouts-connection': { part: 'kb', dump: 'redis-oom-win-x64', subject: 'exception', match: { type: 'StackExchange.Redis.RedisConnectionException' }, accept: ['Unexpected response to CLIENT: Integer: 4', 'Unexpected response to CLIENT: Integer: 3'], near: ['Unexpected response'], solve: ['!dumpexceptions -type RedisConnection'] },
  'kb-session-id': { part: 'kb', dump: 'redis-oom-win-x64', subject: 'object', match: { text: 'user000-000' }, accept: ['user000-000'], near: ['user000-001'], solve: ['!do 54a72f0'] },
  'kb-sos-cause': { part: 'kb', dump: 'redis-oom-win-x64', accept: ['C'], near: ['A', 'B', 'D', 'E'], solve: [] },
  'kb-symbols-method': { part: 'kb', dump: 'crash-win-x64-net10', subject: 'exception', match: { type: 'System.ApplicationException' }, accept: ['System.ApplicationException', 'ApplicationException'], near: ['FormatException'], solve: ['!pe'] },
  'kb-dumps-threads': { part: 'kb', dump: 'redis-oom-win-x64', subject: 'setting', match: { name: 'runtime version' }, accept: ['10.0.1426.52326'], near: ['10.0.12'], solve: ['!eeversion'] },
  'kb-starvation-idle': { part: 'kb', dump: 'redis-oom-win-x64', subject: 'setting', match: { name: 'threadpool', idle: 6 }, accept: ['6'], near: ['0', '7'], solve: ['!threadpool'] },
  'kb-starvation-practice': { part: 'kb', dump: 'starvation-linux-x64', subject: 'type', match: { name: 'CheckoutApi.CheckoutRequest', count: 40 }, accept: ['40'], near: ['32', '8'], solve: ['dumpheap -stat -type CheckoutRequest'] },

  'c1-count': { part: 1, dump: 'redis-oom-win-x64', subject: 'type', match: { name: 'StackExchange.Redis.RedisServerException', count: 583 }, accept: ['583'], near: ['577', '576', '584'], solve: ['!dumpheap -type Exception -stat'] },
  'c1-gaveup': { part: 1, dump: 'redis-oom-win-x64', subject: 'type', match: { name: 'Storefront.SessionUnavailableException', count: 72 }, accept: ['72'], near: ['73', '24'], solve: ['!dumpheap -type SessionUnavailable -stat'] },
  'c1-never': { part: 1, dump: 'redis-oom-win-x64', subject: 'exception', match: { type: 'System.OutOfMemoryException' }, solve: ['!dumpexceptions -type OutOfMemory'] },
  'c1-ratio': { part: 1, dump: 'redis-oom-win-x64', accept: ['8'], near: ['7', '9'], solve: [] },
  'c1-lua': { part: 1, dump: 'redis-oom-win-x64', accept: ['SETNX'], near: ['SET', 'GET', 'EXPIRE'], solve: ['!do 540e430'] },
  'c1-when': { part: 1, dump: 'redis-oom-win-x64', accept: ['end', 'at the end', '結尾', '結束'], near: ['start', '開頭'], solve: [] },
  'c1-redis7': { part: 1, dump: 'redis-oom-win-x64', accept: ['OOM'], near: ['ERR', 'NOSCRIPT'], solve: [] },
  'c1-blanks': { part: 1, dump: 'redis-oom-win-x64', accept: ['5', '5.0'], near: ['6', '7'], solve: [] },
  'c1-readonly': { part: 1, dump: 'redis-oom-win-x64', accept: YES, near: ['no', '否'], solve: [] },
  'c1-whose': { part: 1, dump: 'redis-oom-win-x64', accept: ['redis', 'redis\'s', 'redis server'], near: ['web server', 'iis'], solve: ['!dumpheap -stat'] },

  'c2-plain-oom': { part: 2, dump: 'redis-oom-win-x64', subject: 'exception', match: { message: 'OOM command not allowed when used memory > \'maxmemory\'.' }, accept: ['79fdc70'], near: ['790f018'], solve: ['!pe 79fdc70'] },
  'c2-warm': { part: 2, dump: 'redis-oom-win-x64', subject: 'object', match: { text: 'warm000166' }, accept: ['warm000166'], near: ['warm000167'], solve: ['!do 550b890'] },
  'c2-biggest': { part: 2, dump: 'redis-oom-win-x64', subject: 'object', match: { type: 'System.String', size: 36382 }, accept: ['36382'], near: ['458800', '36380'], solve: ['!dumpheap -min 20000'] },
  'c2-linux': { part: 2, dump: 'redis-oom-linux-x64', subject: 'type', match: { name: 'StackExchange.Redis.RedisServerException', count: 600 }, accept: ['600'], near: ['583', '593'], solve: ['dumpheap -type Exception -stat'] },
  'c2-format': { part: 2, dump: 'crash-win-x64-net10', subject: 'exception', match: { type: 'System.FormatException' }, accept: ['FormatException', 'System.FormatException'], near: ['InvalidOperationException'], solve: ['!dumpexceptions -type FormatException'] },
  'c2-order': { part: 2, dump: 'crash-win-x64-net10', subject: 'exception', match: { message: 'order 42 failed' }, accept: ['42'], near: ['41', '2a'], solve: ['!pe 7fc041800928'] },
  'c2-hresult': { part: 2, dump: 'crash-win-x64-net10', subject: 'exception', match: { type: 'System.InvalidOperationException', hresult: '80131509' }, accept: ['80131509'], near: ['80131500'], solve: ['!pe 7fc0418007c8'] },
  'c2-net9': { part: 2, dump: 'objects-win-x64-net9', subject: 'setting', match: { name: 'runtime version', value: '9.0.2226.52218' }, accept: ['9.0.2226.52218', '9.0.22'], near: ['10.0.1426.52326', '9.0.2'], solve: ['!eeversion'] },
  'c2-orders': { part: 2, dump: 'objects-win-x64-net9', subject: 'type', match: { name: 'OrderService.Order', count: 3000 }, accept: ['3000'], near: ['3001', '6000'], solve: ['!dumpheap -stat -type OrderService.Order'] },
  'c2-owner': { part: 2, dump: 'objects-win-x64-net9', subject: 'lock', match: { owner: '114' }, accept: ['114', '0x114'], near: ['5', '115'], solve: ['!syncblk'] },
  'c2-603': { part: 2, dump: 'objects-win-x64-net9', accept: ['301'], near: ['602', '603', '300'], solve: [] },
  'c2-long-name': { part: 2, dump: 'redis-oom-win-x64', accept: ['-sd', 'sd'], near: ['-se', '-ve'], solve: [] },
  'c2-object': { part: 2, dump: 'objects-win-x64-net9', subject: 'lock', match: { address: '7f6ff84d9b98' }, accept: ['7f6ff84d9b98', '00007f6ff84d9b98'], near: ['7f6ff84d9b90'], solve: ['!syncblk'] },
  'c2-method': { part: 2, dump: 'objects-win-x64-net9', subject: 'thread', match: { stack: '~OwnerBody' }, accept: ['OwnerBody', 'OrderService.Program.OwnerBody', 'OrderService.Program.OwnerBody()', 'OwnerBody()'], near: ['WaitOne', 'Main'], solve: ['~5s', '!clrstack'] },
  'c2-proved': { part: 2, dump: 'objects-win-x64-net9', accept: NO, near: ['yes', '是'], solve: [] },
  'c2-views': { part: 2, dump: 'leak-linux-x64', accept: ['3'], near: ['2', '6000'], solve: ['dumpheap -stat -type OrderLeak'] },
  'c2-pinned': { part: 2, dump: 'loh-linux-x64', subject: 'root', match: { kind: 'Pinned', type: 'System.Byte[]' }, accept: ['System.Byte[]', 'Byte[]'], near: ['System.Object[]', 'Free'], solve: ['gchandles -type Pinned'] },
  'c2-result': { part: 2, dump: 'starvation-linux-x64', subject: 'thread', match: { stack: '~CheckoutApi.CheckoutController.Handle' }, accept: ['CheckoutApi.CheckoutController.Handle', 'CheckoutController.Handle', 'Handle'], near: ['GetPriceAsync', 'Main'], solve: ['clrstack -all'] },
  'c2-busy': { part: 2, dump: 'highcpu-linux-x64', accept: ['4827'], near: ['4821', '4828', '6'], subject: 'thread', match: { osid: '4827', stack: '~PriceSearch.QueryValidator.IsValid' }, solve: ['clrstack -all'] },
  'c2-holder': { part: 2, dump: 'finalizer-linux-x64', subject: 'thread', match: { stack: '~LedgerExport.Program.HoldConnection' }, accept: ['LedgerExport.Program.HoldConnection', 'Program.HoldConnection', 'HoldConnection'], near: ['Finalize', 'Main'], solve: ['clrstack -all'] },
  'c2-slots': { part: 2, dump: 'asynchang-linux-x64', subject: 'type', match: { name: '~SmtpGateway+<SendAsync>', count: 25, async: true }, accept: ['25'], near: ['26', '24', '1'], solve: ['dumpasync -stats'] },
  'c2-payment': { part: 2, dump: 'crash-linux-x64', subject: 'exception', match: { type: 'PaymentBatch.PaymentRejectedException', message: '~Payment 42' }, accept: ['42'], near: ['41', '60'], solve: ['pe -nested'] },
  'c2-copies': { part: 2, dump: 'strings-linux-x64', accept: ['8'], near: ['7', '5', '3000'], solve: ['dumpheap -strings'] },

  'c3-crash': { part: 3, dump: 'oncall-linux-x64', accept: NO, near: ['yes', '有'], solve: ['clrthreads'] },
  'c3-waiters': { part: 3, dump: 'oncall-linux-x64', subject: 'lock', match: { type: 'System.Object', waiters: 14 }, accept: ['14'], near: ['29', '15', '28'], solve: ['syncblk'] },
  'c3-owner': { part: 3, dump: 'oncall-linux-x64', subject: 'thread', match: { stack: '~RateBoard.RateTable.Refresh' }, accept: ['RateBoard.RateTable.Refresh', 'RateTable.Refresh', 'Refresh'], near: ['Latest', 'RateTable.Latest', 'Main'], solve: ['~6s', 'clrstack'] },
  'c3-async': { part: 3, dump: 'oncall-linux-x64', subject: 'object', match: { type: '~RateClient+<FetchAsync>' }, accept: ['FetchAsync', 'RateClient.FetchAsync', 'RateBoard.RateClient.FetchAsync', 'RateBoard.RateClient+<FetchAsync>d__3'], near: ['CallAsync', 'Refresh'], solve: ['dumpasync'] },
  'c3-timer': { part: 3, dump: 'oncall-linux-x64', subject: 'object', match: { type: 'timer', due: 14400000 }, accept: ['4', '4 hours', '4 h', '4 小時', '14400000', '14400000 ms', '14400', '14400 s', '240 minutes', '240'], near: ['50', '14'], solve: ['timerinfo'] },
  'c3-reason': { part: 3, dump: 'oncall-linux-x64', subject: 'exception', match: { type: 'RateBoard.RateServiceException', message: '~Retry-After: 14400' }, accept: ['Retry-After', 'maintenance', '503', '503 Service Unavailable for TWD/JPY: maintenance. Retry-After: 14400'], near: ['timeout', '404'], solve: ['dumpexceptions -type RateService'] },
  'c3-deadlock': { part: 3, dump: 'oncall-linux-x64', accept: NO, near: ['yes', '是'], solve: ['syncblk'] },
  'c3-restart': { part: 3, dump: 'oncall-linux-x64', accept: NO, near: ['yes', '能'], solve: [] },
  'c3-rate': { part: 3, dump: 'redis-oom-win-x64', accept: ['20'], near: ['5', '500'], solve: [] },
  'c3-sessions': { part: 3, dump: 'redis-oom-win-x64', accept: ['240000'], near: ['4000', '12000'], solve: [] },
  'c3-volatile': { part: 3, dump: 'redis-oom-win-x64', accept: NO, near: ['yes', '會'], solve: [] },
  'c3-del': { part: 3, dump: 'redis-oom-win-x64', accept: YES, near: ['no', '不能'], solve: [] },
  'c3-info': { part: 3, dump: 'redis-oom-win-x64', accept: YES, near: ['no', '不會'], solve: [] },
};

/** The exercises of a part, in the order of the articles. */
export function exercisesOf(part: Part): string[] {
  return Object.keys(EXERCISES).filter((id) => EXERCISES[id].part === part);
}

export const PARTS: readonly Part[] = ['guide', 'kb', 1, 2, 3];
