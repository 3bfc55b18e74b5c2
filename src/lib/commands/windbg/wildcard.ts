/** A pattern with `*` and `?` as the debugger reads it: whole text, whatever the case. */
export function wildcard(pattern: string): RegExp {
  return new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*+/g, '.*').replace(/\?/g, '.')}$`, 'is');
}
