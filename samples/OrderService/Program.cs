// A bit of everything that a heap can hold, for tests across runtimes (.NET 8, 9, 10) and collectors (workstation,
// server, regions, segments): generics, nested types, structs, statics, exceptions caught with inner ones, a held
// lock with waiters, every common kind of handle, an open async method, large, pinned and interned objects.
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OrderService;

public enum OrderStatus : byte { New, Paid, Shipped = 7 }

public struct Money { public decimal Amount; public string Currency; }

public class Order
{
    public int Number;
    public OrderStatus Status;
    public Money Total;
    public Customer? Customer;
    public int? DiscountPercent;
    public class Line { public string Sku = ""; public double Weight; }
    public List<Line> Lines = [];
}

public sealed class Customer(string name)
{
    public readonly string Name = name;
    public List<Order> Orders = [];
    public Guid Id = new(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
}

public sealed class Box<T>(T value) { public T Value = value; }

public sealed class OrderFailedException(int number, Exception inner) : Exception($"order {number} failed", inner);

public sealed class TempFile { public int Handle = 1; ~TempFile() => Handle = 0; }

public static class Program
{
    private static readonly Dictionary<string, Customer> Customers = [];
    private static readonly ConcurrentDictionary<int, Order> Open = new();
    private static readonly ConcurrentQueue<Exception> Errors = new();
    private static readonly object StockLock = new();
    private static readonly List<object> Kept = [];
    private static readonly ManualResetEventSlim StockHeld = new();
    private static readonly TaskCompletionSource<int> NeverPaid = new();
    private static readonly ConditionalWeakTable<Customer, Box<string>> Notes = [];
    private static int ordersTaken;
    private static double turnover;
    [ThreadStatic] private static Box<string>? current;

    public static void Main()
    {
        current = new Box<string>("thread-static value of Main");
        Fill();
        Fail();
        Handles();
        GC.Collect();
        var later = new List<Order>();
        for (int i = 0; i < 300; i++) later.Add(new Order { Number = 9000 + i, Lines = { new Order.Line { Sku = "late", Weight = i } } });
        Task pending = AwaitPaymentAsync(Open[1]);
        StartWaiters();
        Console.WriteLine($"READY {Environment.ProcessId}");
        Thread.Sleep(Timeout.Infinite);
        GC.KeepAlive(later);
        GC.KeepAlive(pending);
    }

    private static void Fill()
    {
        for (int c = 0; c < 100; c++)
        {
            var customer = new Customer($"客戶 customer-{c:d3}");
            for (int o = 0; o < 5; o++)
            {
                var order = new Order { Number = c * 5 + o, Status = o == 3 ? OrderStatus.Shipped : OrderStatus.Paid, Customer = customer, DiscountPercent = o == 0 ? 10 : null };
                order.Total = new Money { Amount = 12.5m * o, Currency = "TWD" };
                for (int l = 0; l <= o; l++) order.Lines.Add(new Order.Line { Sku = $"SKU-{c}-{l}", Weight = l / 2.0 });
                customer.Orders.Add(order);
                Open[order.Number] = order;
                ordersTaken++;
                turnover += (double)order.Total.Amount;
            }
            Customers[customer.Name] = customer;
        }
        Kept.Add(new int[3, 4]);
        Kept.Add(new[] { new Money { Amount = 1, Currency = "USD" }, new Money { Amount = 2, Currency = "JPY" } });
        Kept.Add(new Box<int>(42));
        Kept.Add(new Box<Dictionary<string, List<int>>>(new() { ["a"] = [1, 2, 3] }));
        Kept.Add(new long?[] { 1, null });
        Kept.Add(new byte[120_000]);
        Kept.Add(GC.AllocateArray<byte>(3000, pinned: true));
        Kept.Add(new Func<int, int>(n => n + ordersTaken));
        Kept.Add((1, "two", 3.0));
    }

    private static void Fail()
    {
        for (int i = 0; i < 5; i++)
        {
            try { Ship(i); }
            catch (OrderFailedException e) { Errors.Enqueue(e); }
        }
    }

    private static void Ship(int number)
    {
        try { Reserve(number); }
        catch (InvalidOperationException e) { throw new OrderFailedException(number, e); }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Reserve(int number) => throw new InvalidOperationException($"no stock for order {number}");

    private static void Handles()
    {
        GCHandle.Alloc(new byte[64], GCHandleType.Pinned);
        GCHandle.Alloc(new Box<string>("strong handle"));
        Kept.Add(new WeakReference(Customers.Values.First()));
        Kept.Add(new WeakReference(Customers.Values.Last(), trackResurrection: true));
        Notes.Add(Customers.Values.First(), new Box<string>("dependent handle's value"));
        Kept.Add(new TempFile());
    }

    private static async Task<int> AwaitPaymentAsync(Order order)
    {
        int paid = await NeverPaid.Task;
        order.Status = OrderStatus.Paid;
        return paid;
    }

    private static void StartWaiters()
    {
        Start("stock-count", () => { lock (StockLock) { StockHeld.Set(); Thread.Sleep(Timeout.Infinite); } });
        StockHeld.Wait();
        for (int i = 0; i < 3; i++) Start($"picker-{i}", () => { lock (StockLock) ordersTaken++; });
        Thread.Sleep(500);
    }

    private static void Start(string name, ThreadStart body) => new Thread(body) { Name = name, IsBackground = true }.Start();
}
