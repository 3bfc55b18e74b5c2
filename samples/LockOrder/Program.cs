// Deadlock: a transfer locks its two accounts in the order in which they were named, so that two opposite transfers
// wait for each other for ever; four more threads then queue behind the first account.
namespace LockOrder;

public sealed class Account(string number, decimal balance)
{
    public readonly string Number = number;
    public decimal Balance = balance;
}

public sealed class TransferService
{
    private readonly Barrier bothHoldOne = new(2);

    public void Transfer(Account from, Account to, decimal amount)
    {
        lock (from)
        {
            bothHoldOne.SignalAndWait(); // makes the unlucky interleaving certain
            lock (to)
            {
                from.Balance -= amount;
                to.Balance += amount;
            }
        }
    }
}

public sealed class StatementService
{
    public decimal ReadBalance(Account account)
    {
        lock (account) return account.Balance;
    }
}

public static class Program
{
    private static readonly Account Savings = new("ACC-1001", 5000m);
    private static readonly Account Checking = new("ACC-2002", 250m);
    private static readonly TransferService Transfers = new();
    private static readonly StatementService Statements = new();

    public static void Main()
    {
        var threads = new List<Thread>
        {
            Start("transfer-savings-to-checking", () => Transfers.Transfer(Savings, Checking, 100m)),
            Start("transfer-checking-to-savings", () => Transfers.Transfer(Checking, Savings, 40m)),
        };
        WaitUntilBlocked(threads);
        for (int i = 1; i <= 4; i++) threads.Add(Start($"statement-{i}", () => Statements.ReadBalance(Savings)));
        WaitUntilBlocked(threads);
        Console.WriteLine($"READY {Environment.ProcessId}");
        Thread.Sleep(Timeout.Infinite);
    }

    private static Thread Start(string name, ThreadStart body)
    {
        var thread = new Thread(body) { Name = name, IsBackground = true };
        thread.Start();
        return thread;
    }

    /// <summary>Every thread waits for half a second on end: none of them will ever go on.</summary>
    private static void WaitUntilBlocked(List<Thread> threads)
    {
        for (int quiet = 0; quiet < 10; Thread.Sleep(50))
            quiet = threads.TrueForAll(thread => thread.ThreadState.HasFlag(ThreadState.WaitSleepJoin)) ? quiet + 1 : 0;
    }
}
