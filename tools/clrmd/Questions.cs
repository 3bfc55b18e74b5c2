using Microsoft.Diagnostics.Runtime;

namespace DumpFacts;

/// <summary>Single questions whose answers the samples' facts.json records.</summary>
internal static class Questions
{
    public static string Answer(ClrRuntime runtime, string query)
    {
        string[] parts = query.Split(':', 2);
        return parts[0] switch
        {
            "path" when parts.Length == 2 => PathTo(runtime, parts[1]),
            "free" => Free(runtime),
            "gen" => Generations(runtime),
            _ => throw new InvalidDataException($"unknown question '{query}'"),
        };
    }

    /// <summary>The shortest chain of references from a root to the first object of a type, outermost first.</summary>
    private static string PathTo(ClrRuntime runtime, string typeName)
    {
        ClrObject target = runtime.Heap.EnumerateObjects().FirstOrDefault(obj => obj.Type?.Name == typeName);
        if (target.Address == 0) throw new InvalidDataException($"no object of type {typeName}");

        var cameFrom = new Dictionary<ulong, ulong>();
        var rootOf = new Dictionary<ulong, ClrRoot>();
        var queue = new Queue<ClrObject>();
        foreach (ClrRoot root in runtime.Heap.EnumerateRoots())
        {
            if (root.RootKind is ClrRootKind.Stack || !cameFrom.TryAdd(root.Object.Address, 0)) continue;
            rootOf[root.Object.Address] = root;
            queue.Enqueue(root.Object);
        }
        while (queue.TryDequeue(out ClrObject obj) && !cameFrom.ContainsKey(target.Address))
        {
            if (obj.Type is null) continue;
            foreach (ClrObject next in obj.EnumerateReferences(carefully: true))
                if (cameFrom.TryAdd(next.Address, obj.Address)) queue.Enqueue(next);
        }
        if (!cameFrom.ContainsKey(target.Address)) return $"{typeName}: not rooted (stacks aside)";

        var chain = new List<string>();
        ulong at = target.Address;
        for (; ; at = cameFrom[at])
        {
            chain.Insert(0, $"{at:x} {runtime.Heap.GetObjectType(at)?.Name}");
            if (cameFrom[at] == 0) break;
        }
        ClrRoot start = rootOf[at];
        return $"{start.RootKind} {start.Address:x}\t{string.Join('\t', chain)}";
    }

    private static string Free(ClrRuntime runtime) => string.Join('\n', runtime.Heap.Segments
        .Select(segment => (segment, free: segment.EnumerateObjects().Where(obj => obj.IsFree).Select(obj => obj.Size).ToArray()))
        .Select(row => $"{row.segment.Kind}\t{row.segment.Start:x}\tfree={row.free.Length}\tbytes={row.free.Aggregate(0UL, (sum, size) => sum + size)}\tlargest={row.free.DefaultIfEmpty().Max()}"));

    private static string Generations(ClrRuntime runtime) => string.Join('\n', runtime.Heap.Segments
        .SelectMany(segment => segment.EnumerateObjects().Select(obj => segment.GetGeneration(obj.Address)))
        .GroupBy(generation => generation).OrderBy(group => group.Key)
        .Select(group => $"{group.Key}\t{group.Count()}"));
}
