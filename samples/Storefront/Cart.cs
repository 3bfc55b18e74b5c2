namespace Storefront;

public sealed class CartItem
{
    public string Sku = "";
    public int Quantity;
    public decimal Price;
    public DateTime AddedUtc;
}

public sealed class Cart
{
    public Guid Id = Guid.NewGuid();
    public List<CartItem> Items = [];
    public Dictionary<string, string> Notes = [];
}
