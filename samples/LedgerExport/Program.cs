// A blocked finalizer: one finalizer waits for a lock that a sleeping thread holds; the only finalizer thread stops
// there, and every later finalizable object stays on the f-reachable queue with all it refers to.
using System.Runtime.CompilerServices;

namespace LedgerExport;

public static class NativeLedger
{
    public static readonly object ConnectionLock = new();
    public static int Closed;
}

public sealed class LedgerConnection
{
    ~LedgerConnection()
    {
        lock (NativeLedger.ConnectionLock) NativeLedger.Closed++; // a finalizer must never wait
    }
}

public sealed class LedgerFile(int batch)
{
    public readonly int Batch = batch;
    public readonly byte[] Page = new byte[1024];

    ~LedgerFile() => Page[0] = 1;
}

public static class Program
{
    private const int Batches = 500;
    private static readonly ManualResetEventSlim LockTaken = new();

    public static void Main()
    {
        new Thread(HoldConnection) { Name = "ledger-reconnect", IsBackground = true }.Start();
        LockTaken.Wait();
        OpenAndForget();
        GC.Collect();              // the finalizer thread takes the connection and blocks
        Thread.Sleep(500);
        Export();
        GC.Collect();              // 500 files become ready for finalization and stay so
        Thread.Sleep(500);
        Console.WriteLine($"READY {Environment.ProcessId}");
        Thread.Sleep(Timeout.Infinite);
    }

    private static void HoldConnection()
    {
        lock (NativeLedger.ConnectionLock)
        {
            LockTaken.Set();
            Thread.Sleep(Timeout.Infinite); // waits for a server that does not answer
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void OpenAndForget() => _ = new LedgerConnection();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Export()
    {
        for (int batch = 0; batch < Batches; batch++) _ = new LedgerFile(batch);
    }
}
