// The drill: nobody gets an exchange rate. A refresh holds the lock of the rate table while it waits for a retry whose
// delay the remote service chose: four hours. Requests queue behind the lock. No CPU, no crash, no deadlock.
namespace RateBoard;

public sealed class RateServiceException(int attempt, string message) : Exception(message)
{
    public readonly int Attempt = attempt;
}

public sealed class Rate(string pair, decimal value)
{
    public readonly string Pair = pair;
    public readonly decimal Value = value;
}

public sealed class RateClient
{
    private const int RetryAfterSeconds = 14_400;
    private const int QuickAttempts = 5;
    public readonly List<RateServiceException> Failures = [];

    public async Task<decimal> FetchAsync(string pair)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await CallAsync(pair, attempt);
            }
            catch (RateServiceException e)
            {
                Failures.Add(e);
                await Task.Delay(attempt < QuickAttempts ? TimeSpan.FromMilliseconds(50) : TimeSpan.FromSeconds(RetryAfterSeconds));
            }
        }
    }

    private static async Task<decimal> CallAsync(string pair, int attempt)
    {
        await Task.Yield();
        throw new RateServiceException(attempt, $"503 Service Unavailable for {pair}: maintenance. Retry-After: {RetryAfterSeconds}");
    }
}

public sealed class RateTable(RateClient client)
{
    private readonly RateClient client = client;
    private readonly object refreshLock = new();
    private readonly List<Rate> history = [];

    public void Load(int days)
    {
        for (int day = 0; day < days; day++) history.Add(new Rate("TWD/USD", 0.031m + day * 0.000001m));
    }

    public void Refresh()
    {
        lock (refreshLock) history.Add(new Rate("TWD/JPY", client.FetchAsync("TWD/JPY").GetAwaiter().GetResult())); // waits while holding the lock
    }

    public Rate Latest()
    {
        lock (refreshLock) return history[^1];
    }
}

public static class Program
{
    private const int Requests = 14, Days = 3650;
    private static readonly RateClient Client = new();
    private static readonly RateTable Table = new(Client);

    public static void Main()
    {
        Table.Load(Days); // a history of ten years: large, and not the problem
        Start("rate-refresh", Table.Refresh);
        while (Client.Failures.Count < 5) Thread.Sleep(20);
        var requests = new List<Thread>();
        for (int i = 1; i <= Requests; i++) requests.Add(Start($"request-{i}", () => Table.Latest()));
        for (int quiet = 0; quiet < 10; Thread.Sleep(50))
            quiet = requests.TrueForAll(thread => thread.ThreadState.HasFlag(ThreadState.WaitSleepJoin)) ? quiet + 1 : 0;
        Console.WriteLine($"READY {Environment.ProcessId}");
        Thread.Sleep(Timeout.Infinite);
    }

    private static Thread Start(string name, ThreadStart body)
    {
        var thread = new Thread(body) { Name = name, IsBackground = true };
        thread.Start();
        return thread;
    }
}
