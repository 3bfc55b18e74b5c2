using StackExchange.Redis;

namespace Storefront;

/// <summary>
/// Storefront SCRIPT REDIS-PORT CLIENTS CARTS: a shop whose session store, a Redis with maxmemory and noeviction, is
/// full. Every request then waits five seconds for a session lock that it cannot get.
/// </summary>
public static class Program
{
    private const string ShopUrl = "http://127.0.0.1:5080";

    public static void Main(string[] args)
    {
        string script = File.ReadAllText(args[0]);
        int redisPort = int.Parse(args[1]), clients = int.Parse(args[2]), carts = int.Parse(args[3]);

        ThreadPool.SetMinThreads(clients + 4, 8);
        ConnectionMultiplexer redis = ConnectionMultiplexer.Connect($"127.0.0.1:{redisPort},allowAdmin=true,syncTimeout=5000");
        var store = new RedisSessionStore(redis.GetDatabase(), script);

        FillSessionStore(store);
        WebApplication shop = StartShop(store);
        List<Cart> cache = WarmCarts(carts);
        Task[] load = StartClients(clients);

        Thread.Sleep(12_000); // long enough for the first requests to fail after their five seconds
        new Thread(HoldStatsLock) { Name = "stats-flush", IsBackground = true }.Start();
        Thread.Sleep(6_000);  // and for every client's next one to queue behind the statistics lock
        Console.WriteLine($"READY {Environment.ProcessId} errors={RedisSessionStore.TotalErrors} inflight={RequestQueue.InFlight.Count}");
        Thread.Sleep(Timeout.Infinite);
        GC.KeepAlive(cache);
        GC.KeepAlive(load);
        GC.KeepAlive(shop);
    }

    // Ordinary traffic: sessions fill Redis until maxmemory is reached.
    private static void FillSessionStore(RedisSessionStore store)
    {
        var random = new Random(42);
        try
        {
            for (int i = 0; ; i++)
            {
                var data = new byte[2048];
                random.NextBytes(data);
                store.Save($"warm{i:d6}", data);
            }
        }
        catch (RedisServerException e)
        {
            Console.WriteLine("the session store is full: " + e.Message);
            store.RecentErrors.Enqueue(e);
        }
    }

    private static WebApplication StartShop(RedisSessionStore store)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(ShopUrl);
        WebApplication app = builder.Build();
        app.MapGet("/cart/{id}", (string id) => ShowCart(store, id));
        app.Start();
        return app;
    }

    private static IResult ShowCart(RedisSessionStore store, string id)
    {
        var item = new CartItem { Sku = "SKU-" + id, Quantity = 2, Price = 199.50m, AddedUtc = DateTime.UtcNow };
        var request = new SessionRequest { SessionId = id, State = SessionState.New, Cart = new Cart { Items = { item } }, Payload = new byte[512] };
        request.Timing.StartTicks = DateTime.UtcNow.Ticks;
        RequestQueue.InFlight[id] = request;
        try
        {
            store.TakeWriteLock(request);
            request.State = SessionState.Locked;
            Interlocked.Increment(ref RequestQueue.Completed);
            return Results.Ok(request.Cart.Items.Count);
        }
        catch (SessionUnavailableException)
        {
            Interlocked.Increment(ref RequestQueue.Failed);
            return Results.StatusCode(503);
        }
        finally
        {
            RequestQueue.InFlight.TryRemove(id, out _);
            lock (RequestQueue.StatsLock) RequestQueue.Hits[id] = RequestQueue.Hits.GetValueOrDefault(id) + 1;
        }
    }

    private static List<Cart> WarmCarts(int count)
    {
        var carts = new List<Cart>();
        for (int i = 0; i < count; i++)
        {
            var cart = new Cart { Notes = { ["n" + i] = "note " + i } };
            for (int k = 0; k < i % 5; k++) cart.Items.Add(new CartItem { Sku = $"SKU-{i}-{k}", Quantity = k, Price = k * 9.9m });
            carts.Add(cart);
        }
        return carts;
    }

    private static Task[] StartClients(int count)
    {
        var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        return Enumerable.Range(0, count).Select(n => Task.Run(async () =>
        {
            for (int request = 0; ; request++)
            {
                try { await http.GetAsync($"{ShopUrl}/cart/user{n:d3}-{request:d3}"); }
                catch (HttpRequestException) { await Task.Delay(50); }
            }
        })).ToArray();
    }

    // A background job which holds the statistics lock: the second thing that requests wait for.
    private static void HoldStatsLock()
    {
        lock (RequestQueue.StatsLock) Thread.Sleep(Timeout.Infinite);
    }
}
