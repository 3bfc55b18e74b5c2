using DumpFacts;
using Microsoft.Diagnostics.Runtime;

const string usage = """
    clrmd-facts: what ClrMD, with the runtime's own DAC, says about a dump.

      stat DUMP           the table of `dumpheap -stat`
      facts DUMP DIR [--no-stack-roots]
                          writes one file a kind of fact into DIR (see README.md)
      check DUMP QUERY…   answers single questions: path:TYPE, free, gen

    A dump of a Linux process is read on Linux, one of a Windows process on Windows:
    the DAC is a native library of the process's own platform. It is looked for beside the
    runtime; --dac FILE at the end names it where there is none (single-file programs).
    """;

string? dac = null;
if (args.Length > 3 && args[^2] == "--dac")
{
    dac = args[^1];
    args = args[..^2];
}

if (args.Length < 2)
{
    Console.Error.WriteLine(usage);
    return 2;
}

try
{
    using var target = DataTarget.LoadDump(args[1], options: new DataTargetOptions { VerifyDacOnWindows = false });
    if (target.ClrVersions.Length == 0)
    {
        Console.Error.WriteLine($"{args[1]}: no .NET runtime in this dump");
        return 1;
    }
    using ClrRuntime runtime = Open(target.ClrVersions[0], dac);

    switch (args[0])
    {
        case "stat":
            HeapStatistics.Print(runtime.Heap, Console.OpenStandardOutput());
            return 0;
        case "facts" when args.Length == 3 || (args.Length == 4 && args[3] == "--no-stack-roots"):
            Directory.CreateDirectory(args[2]);
            new FactWriter(runtime, args[1], args[2], stackRoots: args.Length == 3).WriteAll();
            return 0;
        case "check":
            foreach (string query in args[2..]) Console.WriteLine(Questions.Answer(runtime, query));
            return 0;
        default:
            Console.Error.WriteLine(usage);
            return 2;
    }
}
catch (Exception e) when (e is IOException or ClrDiagnosticsException or InvalidDataException)
{
    Console.Error.WriteLine($"{args[1]}: {e.Message}");
    return 1;
}

// The DAC beside the runtime is named to ClrMD: by itself it finds none for .NET 11, whose version it does not read.
static ClrRuntime Open(ClrInfo clr, string? dac)
{
    string beside = Path.Combine(Path.GetDirectoryName(clr.ModuleInfo.FileName) ?? "", OperatingSystem.IsWindows() ? "mscordaccore.dll" : "libmscordaccore.so");
    dac ??= File.Exists(beside) ? beside : null;
    return dac is null ? clr.CreateRuntime() : clr.CreateRuntime(dac, ignoreMismatch: clr.Version.Major == 0);
}
