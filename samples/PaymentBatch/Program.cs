// A crash: a payment fails three layers down, each layer wraps the exception, and nobody catches the last one. The
// runtime writes the dump itself (DOTNET_DbgEnableMiniDump=1).
namespace PaymentBatch;

public sealed class Payment(int id, string? iban, decimal amount)
{
    public readonly int Id = id;
    public readonly string? Iban = iban;
    public readonly decimal Amount = amount;
}

public sealed class PaymentRejectedException(int paymentId, Exception inner)
    : Exception($"Payment {paymentId} was rejected by the bank gateway.", inner)
{
    public int PaymentId { get; } = paymentId;
}

public sealed class BankGateway
{
    public int Checksum(Payment payment)
    {
        try
        {
            return payment.Iban!.Length % 97; // NullReferenceException for payment 42
        }
        catch (NullReferenceException e)
        {
            throw new InvalidOperationException("The IBAN could not be read.", e);
        }
    }

    public void Send(Payment payment)
    {
        try
        {
            Checksum(payment);
        }
        catch (InvalidOperationException e)
        {
            throw new PaymentRejectedException(payment.Id, e);
        }
    }
}

public sealed class BatchRunner(BankGateway gateway)
{
    private readonly BankGateway gateway = gateway;
    public int Done;

    public void Run(IReadOnlyList<Payment> payments)
    {
        foreach (Payment payment in payments)
        {
            gateway.Send(payment);
            Done++;
        }
    }
}

public static class Program
{
    public static void Main()
    {
        var payments = Enumerable.Range(1, 60)
            .Select(id => new Payment(id, id == 42 ? null : $"DE{id:d20}", id * 12.5m))
            .ToList();
        Console.WriteLine($"READY {Environment.ProcessId}");
        try
        {
            new BatchRunner(new BankGateway()).Run(payments);
        }
        catch (PaymentRejectedException e)
        {
            throw new ApplicationException($"Batch stopped after {payments.IndexOf(payments.First(p => p.Id == e.PaymentId))} of {payments.Count} payments.", e);
        }
    }
}
