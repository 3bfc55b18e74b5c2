using System.Text;
using Microsoft.Diagnostics.Runtime;

namespace DumpFacts;

/// <summary>Count and bytes by MethodTable, in the order and shape of SOS's <c>dumpheap -stat</c>.</summary>
internal static class HeapStatistics
{
    public static IEnumerable<(ulong MethodTable, int Count, ulong Bytes, string Name)> Collect(ClrHeap heap)
    {
        var byType = new Dictionary<ulong, (int Count, ulong Bytes, string Name)>();
        foreach (ClrObject obj in heap.EnumerateObjects())
        {
            if (obj.Type is not { } type) continue;
            byType.TryGetValue(type.MethodTable, out var sum);
            byType[type.MethodTable] = (sum.Count + 1, sum.Bytes + obj.Size, sum.Name ?? type.Name ?? "");
        }
        return byType
            .Select(entry => (entry.Key, entry.Value.Count, entry.Value.Bytes, entry.Value.Name))
            .OrderBy(row => row.Bytes).ThenBy(row => row.Key);
    }

    public static void Print(ClrHeap heap, Stream stream)
    {
        using var output = new StreamWriter(stream, new UTF8Encoding(false), 1 << 16);
        output.Write("Statistics:\n          MT  Count  TotalSize Class Name\n");
        int objects = 0;
        ulong bytes = 0;
        foreach (var (methodTable, count, size, name) in Collect(heap))
        {
            output.Write($"{methodTable:x12} {count,6:n0} {size,10:n0} {name}\n");
            objects += count;
            bytes += size;
        }
        output.Write($"Total {objects:n0} objects, {bytes:n0} bytes\n");
    }
}
