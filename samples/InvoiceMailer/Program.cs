// Async hang: only Main waits, nothing runs, yet no invoice is ever sent. A semaphore slot was taken and not
// given back, so 25 state machines wait in SendAsync for a turn that never comes.
namespace InvoiceMailer;

public sealed class Invoice(int number, string recipient)
{
    public readonly int Number = number;
    public readonly string Recipient = recipient;
    public bool Sent;
}

public sealed class SmtpGateway
{
    private readonly SemaphoreSlim oneAtATime = new(1, 1);
    public int Attempts;

    public async Task SendAsync(Invoice invoice)
    {
        await oneAtATime.WaitAsync();
        Attempts++;
        await ConnectAsync(invoice); // throws for the first invoice: the Release below is never reached
        invoice.Sent = true;
        oneAtATime.Release();
    }

    private static async Task ConnectAsync(Invoice invoice)
    {
        await Task.Yield();
        if (invoice.Number == 1) throw new IOException($"421 {invoice.Recipient}: service not available");
    }
}

public sealed class InvoiceJob(SmtpGateway gateway)
{
    private readonly SmtpGateway gateway = gateway;

    public async Task RunAsync(List<Invoice> invoices)
    {
        var sends = invoices.Select(SendOneAsync).ToList();
        await Task.WhenAll(sends);
    }

    private async Task SendOneAsync(Invoice invoice)
    {
        try { await gateway.SendAsync(invoice); }
        catch (IOException) { Interlocked.Increment(ref Program.Failures); }
    }
}

public static class Program
{
    public static int Failures;
    private static readonly SmtpGateway Gateway = new();
    private static readonly List<Invoice> Invoices =
        Enumerable.Range(1, 26).Select(number => new Invoice(number, $"customer{number:d2}@example.com")).ToList();
    private static Task? job;

    public static void Main()
    {
        job = new InvoiceJob(Gateway).RunAsync(Invoices);
        while (Volatile.Read(ref Failures) == 0) Thread.Sleep(20);
        Thread.Sleep(500);
        Console.WriteLine($"READY {Environment.ProcessId}");
        job.Wait();
    }
}
