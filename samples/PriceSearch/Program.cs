// High CPU: one thread runs a regular expression with nested quantifiers over input which nearly matches, and
// backtracks for ever; another thread sleeps politely beside it.
using System.Text.RegularExpressions;

namespace PriceSearch;

public sealed class SearchRequest(string query)
{
    public readonly string Query = query;
    public readonly DateTime ReceivedUtc = DateTime.UtcNow;
    public bool? Accepted;
}

public sealed class QueryValidator
{
    // (\w+\s?)*! tries every way to cut the words before it gives up: the cost doubles with each letter.
    private static readonly Regex Words = new(@"^(\w+\s?)*!$");

    public bool IsValid(string query) => Words.IsMatch(query);
}

public static class Program
{
    private static readonly QueryValidator Validator = new();
    private static readonly List<SearchRequest> Requests =
        [new("red shoes!"), new("blue jacket!"), new("waterproof hiking boots for wide feet size 44 sale")];

    public static void Main()
    {
        new Thread(ServeRequests) { Name = "search-worker", IsBackground = true }.Start();
        new Thread(() => Thread.Sleep(Timeout.Infinite)) { Name = "index-refresh", IsBackground = true }.Start();
        while (Requests[1].Accepted is null) Thread.Sleep(20);
        Thread.Sleep(2000);
        Console.WriteLine($"READY {Environment.ProcessId}");
        Thread.Sleep(Timeout.Infinite);
    }

    private static void ServeRequests()
    {
        foreach (SearchRequest request in Requests) request.Accepted = Validator.IsValid(request.Query);
    }
}
