using Microsoft.Diagnostics.Runtime;

namespace DumpFacts;

internal sealed partial class FactWriter
{
    /// <summary>Fields of the program's types, of exceptions and of the generic collections found on the heap.</summary>
    private IEnumerable<string> Fields()
    {
        var seen = new HashSet<ulong>();
        foreach (ClrObject obj in Live())
        {
            ClrType type = obj.Type!;
            bool wanted = type.IsException || IsApp(type) || type.Name?.StartsWith("System.Collections.Generic.") == true;
            if (!wanted || type.IsArray || !seen.Add(type.MethodTable)) continue;
            foreach (ClrInstanceField field in type.Fields)
                yield return $"{type.MethodTable:x}\t{type.Name}\t{field.Offset}\t{field.ElementType}\t{field.Type?.Name}\t{field.Name}\t{field.Token:x}";
        }
    }

    private IEnumerable<string> References() => Live()
        .Where(obj => IsApp(obj.Type!))
        .Select(obj => $"{obj.Address:x}\t{obj.Type!.Name}\t{string.Join(' ', obj.EnumerateReferences().Select(target => target.Address.ToString("x")))}");

    /// <summary>The program's own types with their methods and static fields.</summary>
    private IEnumerable<string> Statics()
    {
        if (app is null) yield break;
        foreach ((ulong methodTable, int token) in app.EnumerateTypeDefToMethodTableMap())
        {
            if (runtime.GetTypeByMethodTable(methodTable) is not { } type) continue;
            yield return $"type\t{methodTable:x}\t{token:x}\t{type.Name}\tsize={type.StaticSize}\tbase={type.BaseType?.Name}";
            foreach (ClrStaticField field in type.StaticFields)
                yield return $"static\t{type.Name}\t{field.Name}\t{StaticValue(field)}";
            foreach (ClrMethod method in type.Methods)
                yield return $"method\t{type.Name}\t{method.MethodDesc:x}\t{method.MetadataToken:x}\t{method.NativeCode:x}\t{method.CompilationType}\t{method.Signature}";
        }
    }

    private string StaticValue(ClrStaticField field)
    {
        ulong address = field.GetAddress(runtime.AppDomains[0]);
        if (!field.IsObjectReference) return $"{address:x}\t{field.ElementType}";
        ClrObject value = field.ReadObject(runtime.AppDomains[0]);
        return $"{address:x}\t{value.Address:x} {value.Type?.Name}";
    }

    private IEnumerable<string> Threads()
    {
        foreach (ClrThread thread in runtime.Threads)
        {
            string exception = thread.CurrentException is { } e ? $"{e.Address:x} {e.Type.Name}" : "-";
            yield return $"thread managed={thread.ManagedThreadId} os={thread.OSThreadId:x} addr={thread.Address:x} alive={thread.IsAlive}"
                + $" finalizer={thread.IsFinalizer} gc={thread.IsGc} mode={thread.GCMode} state={(int)thread.State} locks={thread.LockCount}"
                + $" stack={thread.StackBase:x}-{thread.StackLimit:x} alloc={Range(thread.AllocationContext)} exception={exception}";
            foreach (ClrStackFrame frame in thread.EnumerateStackTrace(includeContext: false))
                yield return $"    {frame.Kind} sp={frame.StackPointer:x} ip={frame.InstructionPointer:x} {frame.Method?.Signature ?? frame.FrameName}";
            if (!stackRoots) continue;
            foreach (ClrStackRoot root in thread.EnumerateStackRoots())
                yield return $"    root addr={root.Address:x} obj={root.Object.Address:x} interior={root.IsInterior} pinned={root.IsPinned} {root.Object.Type?.Name}";
        }
    }

    private bool IsApp(ClrType type)
    {
        string? root = Path.GetFileNameWithoutExtension(app?.Name);
        return root is not null && type.Name?.StartsWith(root + ".", StringComparison.Ordinal) == true;
    }
}
