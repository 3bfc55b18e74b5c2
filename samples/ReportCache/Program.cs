// Large object heap fragmentation: 40 report buffers of 200,000 bytes are allocated side by side, every other one is
// dropped, and pinned handles on the rest keep even a compacting collection from closing the gaps.
using System.Runtime;
using System.Runtime.InteropServices;

namespace ReportCache;

public sealed class Report(int id, byte[] buffer)
{
    public readonly int Id = id;
    public byte[]? Buffer = buffer;
    public GCHandle Pin;
}

public sealed class ReportBufferCache
{
    private const int BufferSize = 200_000;
    private readonly List<Report> reports = [];

    public void Fill(int count)
    {
        for (int id = 0; id < count; id++) reports.Add(new Report(id, new byte[BufferSize]));
    }

    /// <summary>Odd reports go to a native renderer, which wants an address that stays; nobody frees the handle.</summary>
    public void PinForRenderer()
    {
        foreach (Report report in reports.Where(report => report.Id % 2 == 1))
            report.Pin = GCHandle.Alloc(report.Buffer, GCHandleType.Pinned);
    }

    public void DropRendered()
    {
        foreach (Report report in reports.Where(report => report.Id % 2 == 0)) report.Buffer = null;
    }
}

public static class Program
{
    private static readonly ReportBufferCache Cache = new();

    public static void Main()
    {
        Cache.Fill(40);
        Cache.PinForRenderer();
        Cache.DropRendered();
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
        Console.WriteLine($"READY {Environment.ProcessId}");
        Thread.Sleep(Timeout.Infinite);
    }
}
