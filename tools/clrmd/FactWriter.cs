using System.Text;
using Microsoft.Diagnostics.Runtime;

namespace DumpFacts;

/// <summary>
/// Writes everything an analyzer of dumps can be held against: one file a kind of fact, one line a fact, columns
/// separated by tabs, addresses in lower-case hexadecimal without prefix. README.md lists the columns.
/// </summary>
internal sealed partial class FactWriter(ClrRuntime runtime, string dump, string directory, bool stackRoots)
{
    private readonly ClrHeap heap = runtime.Heap;

    /// <summary>The program's own module: the first one the runtime loads after System.Private.CoreLib.</summary>
    private readonly ClrModule? app = runtime.EnumerateModules()
        .FirstOrDefault(module => Path.GetFileName(module.Name) is { } name && name != "System.Private.CoreLib.dll");

    public void WriteAll()
    {
        Write("summary.txt", Summary());
        Write("segments.tsv", Segments());
        Write("objects.tsv", Objects());
        Write("dumpheap_stat.tsv", HeapStatistics.Collect(heap)
            .Select(row => $"{row.MethodTable:x}\t{row.Count}\t{row.Bytes}\t{row.Name}"));
        Write("strings.tsv", Strings());
        Write("exceptions.txt", Exceptions());
        Write("fields.tsv", Fields());
        Write("references.tsv", References());
        Write("statics.tsv", Statics());
        Write("threads.txt", Threads());
        Write("handles.tsv", Handles());
        Write("roots.tsv", Roots());
        Write("syncblocks.tsv", SyncBlocks());
        Write("modules_managed.tsv", Modules());
    }

    private void Write(string file, IEnumerable<string> lines)
    {
        using var output = new StreamWriter(Path.Combine(directory, file), false, new UTF8Encoding(false), 1 << 16);
        foreach (string line in lines)
        {
            output.Write(line);
            output.Write('\n');
        }
    }

    private IEnumerable<string> Summary()
    {
        ClrInfo clr = runtime.ClrInfo;
        IDataReader reader = runtime.DataTarget.DataReader;
        ulong bytes = 0;
        int objects = 0;
        foreach (ClrObject obj in Live())
        {
            objects++;
            bytes += obj.Size;
        }
        yield return $"dump\t{Path.GetFileName(dump)}";
        yield return $"runtime\t{clr.Flavor} {clr.Version}";
        yield return $"coreclr\t{clr.ModuleInfo.ImageBase:x}\t{clr.ModuleInfo.ImageSize:x}\t{clr.ModuleInfo.FileName}";
        yield return $"arch\t{reader.Architecture}\tpointer {reader.PointerSize}\tos {reader.TargetPlatform}\tpid {reader.ProcessId}";
        yield return $"canWalk\t{heap.CanWalkHeap}\tserver {heap.IsServer}\tsubheaps {heap.SubHeaps.Length}\tdatas {heap.DynamicAdaptationMode}";
        yield return $"objects\t{objects}\tbytes {bytes}";
        yield return $"threads\t{runtime.Threads.Length}\thandles {runtime.EnumerateHandles().Count()}\tmodules {runtime.EnumerateModules().Count()}\tdomains {runtime.AppDomains.Length}";
    }

    private IEnumerable<string> Segments()
    {
        foreach (ClrSegment segment in heap.Segments)
        {
            yield return $"{segment.Address:x}\t{segment.SubHeap.Index}\t{segment.Kind}\tobj={Range(segment.ObjectRange)}"
                + $"\tcommitted={Range(segment.CommittedMemory)}\treserved={Range(segment.ReservedMemory)}"
                + $"\tg0={Range(segment.Generation0)}\tg1={Range(segment.Generation1)}\tg2={Range(segment.Generation2)}"
                + $"\tobjects={segment.EnumerateObjects().Count()}";
        }
    }

    private IEnumerable<string> Objects()
    {
        foreach (ClrSegment segment in heap.Segments)
        {
            foreach (ClrObject obj in segment.EnumerateObjects())
            {
                if (obj.Type is null) continue;
                yield return $"{obj.Address:x}\t{obj.Type.MethodTable:x}\t{obj.Size}\t{segment.GetGeneration(obj.Address)}\t{obj.Type.Name}";
            }
        }
    }

    private IEnumerable<string> Strings() => Live()
        .Where(obj => obj.Type!.IsString)
        .Select(obj => $"{obj.Address:x}\t{Escape(obj.AsString(4096) ?? "")}");

    private IEnumerable<string> Exceptions()
    {
        foreach (ClrObject obj in Live())
        {
            if (!obj.IsException || obj.AsException() is not { } exception) continue;
            string inner = exception.Inner is { } cause ? cause.Address.ToString("x") : "-";
            yield return $"{obj.Address:x}\t{obj.Type!.Name}\thr={exception.HResult:x8}\tinner={inner}\t{Escape(exception.Message ?? "<null>")}";
            foreach (ClrStackFrame frame in exception.StackTrace)
                yield return $"    sp={frame.StackPointer:x} ip={frame.InstructionPointer:x} {frame.Method?.Signature ?? frame.FrameName}";
        }
    }

    private IEnumerable<string> Handles() => runtime.EnumerateHandles().Select(handle =>
        $"{handle.Address:x}\t{handle.HandleKind}\tstrong={handle.IsStrong}\t{handle.Object.Address:x}\t{handle.Object.Type?.Name}\tdep={handle.Dependent.Address:x}");

    private IEnumerable<string> Roots() => RootsByKind().Select(root =>
        $"{root.RootKind}\t{root.Address:x}\t{root.Object.Address:x}\t{root.Object.Type?.Name}");

    private IEnumerable<ClrRoot> RootsByKind() => stackRoots
        ? heap.EnumerateRoots()
        : runtime.EnumerateHandles().Where(handle => handle.IsStrong).Concat(heap.EnumerateFinalizerRoots());

    private IEnumerable<string> SyncBlocks() => heap.EnumerateSyncBlocks().Select(block =>
        $"{block.Index}\tobj={block.Object:x}\t{heap.GetObjectType(block.Object)?.Name}\theld={block.IsMonitorHeld}"
        + $"\towner={block.HoldingThreadAddress:x}\trec={block.RecursionCount}\twaiting={block.WaitingThreadCount}");

    private IEnumerable<string> Modules() => runtime.EnumerateModules().Select(module =>
        $"{module.Address:x}\t{module.ImageBase:x}\t{module.Size:x}\tdyn={module.IsDynamic}\tpe={module.IsPEFile}\t{module.Layout}"
        + $"\tmd={module.MetadataAddress:x}+{module.MetadataLength:x}\t{module.Name}\t{module.AssemblyName}\t{module.Pdb?.Guid}");

    /// <summary>Objects whose type could be read, in address order within each segment.</summary>
    private IEnumerable<ClrObject> Live() => heap.EnumerateObjects().Where(obj => obj.Type is not null);

    private static string Range(MemoryRange range) => $"{range.Start:x}-{range.End:x}";

    /// <summary>One line whatever the text holds; a lone surrogate becomes U+FFFD in UTF-8, as any reader must do.</summary>
    private static string Escape(string text) => text
        .Replace("\\", "\\\\").Replace("\n", "\\n").Replace("\r", "\\r").Replace("\t", "\\t");
}
