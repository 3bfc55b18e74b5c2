/** The samples: which program, on which runtime and collector, shows what. */
export interface Sample {
  /** Name of the dump file, without extension. */
  readonly id: string;
  /** Folder of the program in samples/, and its assembly's name. */
  readonly program: string;
  /** What somebody finds in the dump. */
  readonly shows: string;
  /** `ready`: dumped when it prints READY; `crash`: the runtime writes the dump when the program dies. */
  readonly ends: 'ready' | 'crash';
  /** A self-contained program with this runtime's version, instead of the installed .NET 10. */
  readonly runtime?: string;
  /** Published as one file, which holds the runtime. Needs `runtime`. */
  readonly singleFile?: boolean;
  /** Further DOTNET_ settings. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Needs a Redis server that is full. */
  readonly redis?: boolean;
  /** Questions for the ClrMD tool whose answers go into the facts. */
  readonly questions?: readonly string[];
  /** Types of the program whose counts are facts. */
  readonly types: readonly string[];
}

const ORDER_SERVICE = {
  program: 'OrderService',
  ends: 'ready',
  types: ['OrderService.Order', 'OrderService.Order+Line', 'OrderService.Customer', 'OrderService.OrderFailedException', 'OrderService.Box<System.Int32>'],
} as const;

export const SAMPLES: readonly Sample[] = [
  {
    id: 'leak-linux-x64', program: 'OrderLeak', ends: 'ready',
    shows: '2,000 views which a static event keeps alive after two full collections',
    questions: ['path:OrderLeak.OrderView', 'gen'],
    types: ['OrderLeak.Order', 'OrderLeak.OrderLine', 'OrderLeak.OrderView', 'System.EventHandler<System.Int32>'],
  },
  {
    id: 'deadlock-linux-x64', program: 'LockOrder', ends: 'ready',
    shows: 'two transfers, each holding the account that the other waits for, and four readers behind one of them',
    types: ['LockOrder.Account'],
  },
  {
    id: 'loh-linux-x64', program: 'ReportCache', ends: 'ready',
    shows: 'a large object heap whose free gaps lie between pinned buffers',
    questions: ['free'],
    types: ['ReportCache.Report', 'System.Byte[]', 'Free'],
  },
  {
    id: 'starvation-linux-x64', program: 'CheckoutApi', ends: 'ready',
    shows: 'all eight pool threads blocked in Task.Result, work queued behind them',
    types: ['CheckoutApi.CheckoutRequest', 'System.Runtime.CompilerServices.AsyncTaskMethodBuilder<System.Decimal>+AsyncStateMachineBox<CheckoutApi.PriceClient+<GetPriceAsync>d__2>'],
  },
  {
    id: 'oncall-linux-x64', program: 'RateBoard', ends: 'ready',
    shows: 'fourteen requests behind a lock whose owner waits for a retry in four hours',
    types: ['RateBoard.Rate', 'RateBoard.RateServiceException'],
  },
  {
    id: 'finalizer-linux-x64', program: 'LedgerExport', ends: 'ready',
    shows: 'the finalizer thread waiting for a lock; 500 files ready for finalization behind it',
    types: ['LedgerExport.LedgerConnection', 'LedgerExport.LedgerFile'],
  },
  {
    id: 'asynchang-linux-x64', program: 'InvoiceMailer', ends: 'ready',
    shows: '25 async methods waiting for a semaphore that is never released, no thread at work',
    questions: ['path:InvoiceMailer.SmtpGateway'],
    types: ['InvoiceMailer.Invoice', 'System.Threading.SemaphoreSlim+TaskNode'],
  },
  {
    id: 'highcpu-linux-x64', program: 'PriceSearch', ends: 'ready',
    shows: 'one thread busy in a backtracking regular expression',
    types: ['PriceSearch.SearchRequest', 'System.Text.RegularExpressions.Regex'],
  },
  {
    id: 'crash-linux-x64', program: 'PaymentBatch', ends: 'crash',
    shows: 'an unhandled ApplicationException over PaymentRejectedException, InvalidOperationException, NullReferenceException',
    types: ['PaymentBatch.Payment', 'PaymentBatch.PaymentRejectedException'],
  },
  ...['8.0.33', '9.0.22'].map((runtime): Sample => ({
    id: `crash-net${runtime.split('.')[0]}-linux-x64`, program: 'PaymentBatch', ends: 'crash', runtime,
    shows: `the same on .NET ${runtime.split('.')[0]}`,
    types: ['PaymentBatch.Payment', 'PaymentBatch.PaymentRejectedException'],
  })),
  {
    id: 'crash-net11-linux-x64', program: 'PaymentBatch', ends: 'crash', runtime: '11.0.0',
    shows: 'the same on .NET 11',
    types: ['PaymentBatch.Payment', 'PaymentBatch.PaymentRejectedException'],
  },
  {
    id: 'strings-linux-x64', program: 'CatalogImport', ends: 'ready',
    shows: '3,000 products, each with its own copies of eight different texts',
    types: ['CatalogImport.Product', 'System.String'],
  },
  {
    id: 'redis-oom-redis7-linux-x64', program: 'Storefront', ends: 'ready', redis: true,
    shows: 'requests which retried for a session lock that a full Redis refuses, and now wait for the statistics lock',
    // No collection before the dump: the heap keeps all eight exceptions of each failed request.
    settings: { GCHeapHardLimit: '0xC000000', GCgen0size: '0x4000000' },
    types: ['StackExchange.Redis.RedisServerException', 'Storefront.SessionUnavailableException', 'Storefront.SessionRequest', 'Storefront.Cart'],
  },
  { ...ORDER_SERVICE, id: 'orders-net8-linux-x64', runtime: '8.0.33', shows: 'OrderService on .NET 8' },
  { ...ORDER_SERVICE, id: 'orders-net9-linux-x64', runtime: '9.0.22', shows: 'OrderService on .NET 9' },
  { ...ORDER_SERVICE, id: 'orders-net10-linux-x64', shows: 'OrderService on .NET 10, workstation GC' },
  {
    ...ORDER_SERVICE, id: 'orders-net10-server-linux-x64', shows: 'OrderService with server GC, two heaps, regions',
    settings: { gcServer: '1', GCHeapCount: '2', GCDynamicAdaptationMode: '0' },
  },
  {
    ...ORDER_SERVICE, id: 'orders-net10-datas-linux-x64', shows: 'OrderService with server GC adapting to the application (DATAS), concurrent',
    settings: { gcServer: '1', GCDynamicAdaptationMode: '1', gcConcurrent: '1' },
  },
  {
    ...ORDER_SERVICE, id: 'orders-net10-segments-linux-x64', shows: 'OrderService with the standalone collector that has segments',
    settings: { GCName: 'libclrgc.so' },
  },
  {
    ...ORDER_SERVICE, id: 'orders-net10-server-segments-linux-x64', shows: 'OrderService with server GC on segments',
    settings: { GCName: 'libclrgc.so', gcServer: '1', GCHeapCount: '2' },
  },
  {
    ...ORDER_SERVICE, id: 'stresslog-linux-x64', shows: 'the runtime’s stress log, with the roots that each collection promoted and moved',
    settings: { StressLog: '1', LogFacility: '0x80001', LogLevel: '6', StressLogSize: '0x20000', TotalStressLogSize: '0x400000', GCgen0size: '0x40000' },
  },
  ...(['9.0.22', '8.0.33'] as const).map((runtime): Sample => ({
    ...ORDER_SERVICE, id: `stresslog-net${runtime[0]}-linux-x64`, runtime, shows: `the stress log of .NET ${runtime[0]}`,
    settings: { StressLog: '1', LogFacility: '0x80001', LogLevel: '6', StressLogSize: '0x20000', TotalStressLogSize: '0x400000', GCgen0size: '0x40000' },
  })),
  { ...ORDER_SERVICE, id: 'orders-net8-server-linux-x64', runtime: '8.0.33', shows: 'OrderService on .NET 8, server GC', settings: { gcServer: '1', GCHeapCount: '2' } },
  { ...ORDER_SERVICE, id: 'orders-net8-segments-linux-x64', runtime: '8.0.33', shows: 'OrderService on .NET 8, segments', settings: { GCName: 'libclrgc.so' } },
  { ...ORDER_SERVICE, id: 'orders-net9-server-linux-x64', runtime: '9.0.22', shows: 'OrderService on .NET 9, server GC', settings: { gcServer: '1', GCHeapCount: '2' } },
  { ...ORDER_SERVICE, id: 'orders-net11-linux-x64', runtime: '11.0.0', shows: 'OrderService on .NET 11, workstation GC' },
  { ...ORDER_SERVICE, id: 'orders-net11-server-linux-x64', runtime: '11.0.0', shows: 'OrderService on .NET 11, server GC, two heaps', settings: { gcServer: '1', GCHeapCount: '2', GCDynamicAdaptationMode: '0' } },
  { ...ORDER_SERVICE, id: 'orders-net11-datas-linux-x64', runtime: '11.0.0', shows: 'OrderService on .NET 11, server GC adapting to the application (DATAS), concurrent', settings: { gcServer: '1', GCDynamicAdaptationMode: '1', gcConcurrent: '1' } },
  { ...ORDER_SERVICE, id: 'orders-net11-segments-linux-x64', runtime: '11.0.0', shows: 'OrderService on .NET 11, segments', settings: { GCName: 'libclrgc.so' } },
  { ...ORDER_SERVICE, id: 'orders-net11-server-segments-linux-x64', runtime: '11.0.0', shows: 'OrderService on .NET 11, server GC on segments', settings: { GCName: 'libclrgc.so', gcServer: '1', GCHeapCount: '2' } },
  ...['8.0.33', '9.0.22', '10.0.12', '11.0.0'].map((runtime): Sample => {
    const major = runtime.split('.')[0];
    return { ...ORDER_SERVICE, id: `orders-net${major}-single-linux-x64`, runtime, singleFile: true, shows: `OrderService on .NET ${major}, published as one file` };
  }),
];
