/** What all items begin with, whatever their case. */
export function commonPrefix(items: readonly string[]): string {
  return items.reduce((prefix, item) => {
    let i = 0;
    while (i < prefix.length && prefix[i].toLowerCase() === item[i]?.toLowerCase()) i++;
    return prefix.slice(0, i);
  });
}
