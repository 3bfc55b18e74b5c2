// Thread-pool starvation by sync over async: each request blocks a pool thread on a task whose continuation needs a
// pool thread. Once every worker is blocked, the reply arrives and nobody is left to run what follows it.
namespace CheckoutApi;

public sealed class CheckoutRequest(int id)
{
    public readonly int Id = id;
    public readonly string CorrelationId = $"checkout-{id:d3}";
    public decimal? Total;
}

public sealed class PriceClient(Task networkReply)
{
    private readonly Task networkReply = networkReply;

    public async Task<decimal> GetPriceAsync(int id)
    {
        await Task.Yield();        // back to the pool's queue
        await networkReply;        // the remote service
        return 10m + id;
    }
}

public sealed class CheckoutController(PriceClient prices)
{
    private readonly PriceClient prices = prices;

    public void Handle(CheckoutRequest request) => request.Total = prices.GetPriceAsync(request.Id).Result; // sync over async
}

public static class Program
{
    private const int Workers = 8, Requests = 40;
    private static readonly List<CheckoutRequest> Accepted = [];
    private static readonly TaskCompletionSource NetworkReply = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private static readonly CheckoutController Controller = new(new PriceClient(NetworkReply.Task));
    private static int running;

    public static void Main()
    {
        ThreadPool.SetMinThreads(Workers, 1);
        ThreadPool.SetMaxThreads(Workers, 1);
        for (int id = 0; id < Requests; id++)
        {
            var request = new CheckoutRequest(id);
            Accepted.Add(request);
            ThreadPool.UnsafeQueueUserWorkItem(static item =>
            {
                Interlocked.Increment(ref running);
                Controller.Handle(item);
            }, request, preferLocal: false);
        }
        while (Volatile.Read(ref running) < Workers || ThreadPool.PendingWorkItemCount < Requests) Thread.Sleep(20);
        Thread.Sleep(1000);
        NetworkReply.SetResult(); // the reply was never the problem
        Thread.Sleep(500);
        Console.WriteLine($"READY {Environment.ProcessId}");
        Thread.Sleep(Timeout.Infinite);
    }
}
