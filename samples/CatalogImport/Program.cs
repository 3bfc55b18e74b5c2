// String duplication: an import parses 3,000 rows and keeps a fresh copy of the same few category, currency and
// warehouse names for each of them.
namespace CatalogImport;

public sealed class Product
{
    public string Sku = "";
    public string Category = "";
    public string Currency = "";
    public string Warehouse = "";
}

public static class CatalogParser
{
    private static readonly string[] Categories = ["Electronics/Phones", "Electronics/Cameras", "Home/Kitchen", "Outdoor/Camping", "Books/Travel"];
    private static readonly string[] Warehouses = ["TPE-1 Taoyuan", "KHH-2 Kaohsiung"];

    public static string Row(int i) => $"SKU-{i:d5};{Categories[i % Categories.Length]};TWD;{Warehouses[i % Warehouses.Length]}";

    public static Product Parse(string row)
    {
        string[] cells = row.Split(';'); // Split makes new strings, equal or not
        return new Product { Sku = cells[0], Category = cells[1], Currency = cells[2], Warehouse = cells[3] };
    }
}

public static class Program
{
    private const int Rows = 3000;
    private static readonly List<Product> Catalog = [];

    public static void Main()
    {
        for (int i = 0; i < Rows; i++) Catalog.Add(CatalogParser.Parse(CatalogParser.Row(i)));
        GC.Collect();
        Console.WriteLine($"READY {Environment.ProcessId}");
        Thread.Sleep(Timeout.Infinite);
    }
}
