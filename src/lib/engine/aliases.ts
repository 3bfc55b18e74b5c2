/** `${name}`, `${/v:name}`, fixed-name aliases anywhere, and words between blanks and semicolons. */
const PLACES = /\$\{(?:\/([dfnv]):)?([^\s{}:]+)\}|\$u[0-9](?!\w)|[^\s;]+/gi;
/** What expansion may make of a line: an alias of many aliases must not fill the memory. */
const MAX_LENGTH = 1 << 20;

/**
 * Replaces aliases as the debugger does before it reads a line or block. Lines that begin with a command about aliases are left
 * alone: they mean the names. `/v:` gives the name itself, `/d:` 1 or 0, `/f:` nothing for an unknown name, `/n:` the name if known.
 */
export function expandAliases(text: string, aliases: ReadonlyMap<string, string>): string {
  if (/^\s*a[dls]\b/i.test(text)) return text;
  let left = MAX_LENGTH;
  const put = (value: string, original: string) => {
    left -= value.length;
    return left < 0 ? original : value;
  };
  const braces = (place: string, how: string | undefined, name: string): string => {
    const value = aliases.get(name);
    switch (how?.toLowerCase()) {
      case 'v': return name;
      case 'd': return value === undefined ? '0' : '1';
      case 'f': return value === undefined ? '' : put(value, place);
      case 'n': return value === undefined ? place : name;
      default: return value === undefined ? place : put(value, place);
    }
  };
  return text.replace(PLACES, (place, how: string | undefined, name: string | undefined) => {
    if (name !== undefined) return braces(place, how, name);
    const value = aliases.get(place);
    if (value !== undefined) return put(value, place);
    // A longer word may hold aliases in braces, or fixed names glued to other text.
    if (!place.includes('$')) return place;
    return place
      .replace(/\$\{(?:\/([dfnv]):)?([^\s{}:]+)\}/gi, braces)
      .replace(/\$u[0-9](?!\w)/gi, (fixed) => aliases.get(fixed.toLowerCase()) ?? fixed);
  });
}
