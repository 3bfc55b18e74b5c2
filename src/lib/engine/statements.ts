/**
 * Splits a line into statements at semicolons that are outside quotes, braces and parentheses (`.foreach (x {a; b}) {c; d}`
 * is one statement). `*` starts a comment that runs to the end of the line, `$$` one that runs to the next semicolon.
 */
export function splitStatements(line: string): string[] {
  const statements: string[] = [];
  let current = '';
  let depth = 0;
  let quoted = false;
  for (const c of line) {
    if (c === '"') quoted = !quoted;
    else if (!quoted && (c === '{' || c === '(')) depth++;
    else if (!quoted && (c === '}' || c === ')')) depth = Math.max(0, depth - 1);
    if (c === ';' && !quoted && depth === 0) {
      statements.push(current);
      current = '';
    } else current += c;
  }
  statements.push(current);
  const result: string[] = [];
  for (const statement of statements.map((s) => s.trim())) {
    if (statement.startsWith('*')) break;
    if (statement && !statement.startsWith('$$')) result.push(statement);
  }
  return result;
}

/** `!sos.dumpheap -stat` → name `dumpheap`, rest `-stat`; `~0s`, `?1+1` and `|` keep their sign as the name. */
export function splitCommand(statement: string): { name: string; rest: string; bang: boolean } {
  const thread = /^(~[*.#\d]*)\s*(.*)$/s.exec(statement);
  if (thread) return { name: '~', rest: statement.slice(1).trim(), bang: false };
  const sign = /^(\|\||\||\?\?|\?)\s*(.*)$/s.exec(statement);
  if (sign) return { name: sign[1], rest: sign[2].trim(), bang: false };
  // Letters glued to lm and the plus of .sympath+ are options, not part of the name.
  const glued = /^(lm)([vfmad1]+)(?=\s|$)\s*(.*)$/is.exec(statement) ?? /^(\.sympath|\.symfix)(\+)\s*(.*)$/is.exec(statement);
  if (glued) return { name: glued[1], rest: `${glued[2]} ${glued[3]}`.trim(), bang: false };
  const extension = /^!(?:[a-z_]\w*\.)?([^\s.]\S*)\s*(.*)$/is.exec(statement);
  if (extension) return { name: extension[1], rest: extension[2].trim(), bang: true };
  const plain = /^(\S+)\s*(.*)$/s.exec(statement);
  return plain ? { name: plain[1], rest: plain[2].trim(), bang: false } : { name: '', rest: '', bang: false };
}
