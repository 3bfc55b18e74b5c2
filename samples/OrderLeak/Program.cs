// Leak through a static event: every order view subscribes to OrderEvents.StatusChanged and none unsubscribes, so the
// publisher's invocation list keeps each view, its order, and its rendered page alive.
namespace OrderLeak;

public sealed class OrderLine
{
    public string Sku = "";
    public int Quantity;
    public decimal UnitPrice;
}

public sealed class Order
{
    public int Number;
    public string Customer = "";
    public List<OrderLine> Lines = [];
}

public static class OrderEvents
{
    public static event EventHandler<int>? StatusChanged;
    public static void Publish(int number) => StatusChanged?.Invoke(null, number);
}

public sealed class OrderView
{
    private readonly Order order;
    private readonly byte[] renderedPage = new byte[512];
    private int timesNotified;

    public OrderView(Order order)
    {
        this.order = order;
        OrderEvents.StatusChanged += OnStatusChanged; // the leak: nobody ever writes -=
    }

    private void OnStatusChanged(object? sender, int number)
    {
        if (number != order.Number) return;
        timesNotified++;
        renderedPage[0] = (byte)timesNotified;
    }
}

public static class Program
{
    private const int Requests = 2000;

    public static void Main()
    {
        for (int number = 1; number <= Requests; number++) ShowOrder(number);
        GC.Collect(); // what two full collections leave, in generation 2, has leaked
        GC.Collect();
        Console.WriteLine($"READY {Environment.ProcessId}");
        Thread.Sleep(Timeout.Infinite);
    }

    private static void ShowOrder(int number)
    {
        var order = new Order { Number = number, Customer = $"customer-{number % 100:d3}" };
        for (int line = 0; line < 3; line++)
            order.Lines.Add(new OrderLine { Sku = $"SKU-{number:d4}-{line}", Quantity = line + 1, UnitPrice = 19.9m * (line + 1) });
        _ = new OrderView(order);
        OrderEvents.Publish(number);
    }
}
