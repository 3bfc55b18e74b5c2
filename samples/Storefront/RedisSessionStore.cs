using System.Collections.Concurrent;
using StackExchange.Redis;

namespace Storefront;

/// <summary>
/// Takes a session's write lock as the ASP.NET session-state provider for Redis does: one Lua script, and on any
/// error a retry after 20 ms, then every second, for five seconds, on the request's own thread.
/// </summary>
public sealed class RedisSessionStore(IDatabase db, string script)
{
    private const int LockSeconds = 110; // ASP.NET's default executionTimeout
    private const int RecentErrorsKept = 64;
    private static readonly TimeSpan RetryFor = TimeSpan.FromSeconds(5);

    private readonly IDatabase _db = db;
    private readonly string _script = script;
    public readonly ConcurrentQueue<Exception> RecentErrors = new();
    public static int TotalErrors;

    public RedisResult TakeWriteLock(SessionRequest request)
    {
        string prefix = $"{{Storefront_{request.SessionId}}}";
        RedisKey[] keys = [$"{prefix}_Write_Lock", $"{prefix}_Data", $"{prefix}_Internal"];
        RedisValue[] args = [DateTime.UtcNow.Ticks.ToString(), LockSeconds];
        return RetryUntilTimeout(request, () => _db.ScriptEvaluate(_script, keys, args));
    }

    public void Save(string id, byte[] data) => _db.StringSet($"{{Storefront_{id}}}_Data", data, TimeSpan.FromMinutes(20));

    private RedisResult RetryUntilTimeout(SessionRequest request, Func<RedisResult> operation)
    {
        DateTime started = DateTime.UtcNow;
        while (true)
        {
            try
            {
                request.Timing.Attempts++;
                return operation();
            }
            catch (RedisServerException e)
            {
                Remember(request, e);
                if (DateTime.UtcNow - started > RetryFor) throw new SessionUnavailableException(request.SessionId, e);
                Thread.Sleep(request.Timing.Attempts < 3 ? 20 : 1000);
            }
        }
    }

    private void Remember(SessionRequest request, RedisServerException error)
    {
        Interlocked.Increment(ref TotalErrors);
        request.LastError = error;
        RecentErrors.Enqueue(error);
        while (RecentErrors.Count > RecentErrorsKept) RecentErrors.TryDequeue(out _);
    }
}
