using System.Collections.Concurrent;

namespace Storefront;

public enum SessionState { New, Locked, Expired = 7 }

public struct RequestTiming
{
    public long StartTicks;
    public int Attempts;
    public double TotalMs;
}

public sealed class SessionRequest
{
    public string SessionId = "";
    public SessionState State;
    public RequestTiming Timing;
    public Cart? Cart;
    public Exception? LastError;
    public byte[] Payload = [];
}

public sealed class SessionUnavailableException(string sessionId, Exception inner)
    : Exception($"Session '{sessionId}' could not be locked within 5 seconds.", inner)
{
    public string SessionId { get; } = sessionId;
}

public static class RequestQueue
{
    public static readonly ConcurrentDictionary<string, SessionRequest> InFlight = new();
    public static readonly object StatsLock = new();
    public static readonly Dictionary<string, int> Hits = [];
    public static long Completed, Failed;
}
