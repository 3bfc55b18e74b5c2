/** Commands that take the rest of the line, semicolons and all (the debugger's manual, "as, aS"): `as` without a number or address to read. */
const WHOLE_LINE = /^(as(?!\s+\/(?:x|ma|mu|msa|msu|e|f)\b)(?=\s)|\$\$?(?:>a?)?<)/;
/** `j` has its two commands on both sides of a semicolon. */
const TWO_PARTS = /^j(?=[\s(])/;
/** Blocks and their continuations may stand on lines of their own. */
const GOES_ON = /^(\{|\.els(e|if)\b)/;
const OPENS_BLOCK = /^\.(if|elsif|else|while|for|do|block|catch|foreach)\b/i;
/** Their quotes hold escapes: a quote behind a backslash does not end the text. */
const ESCAPES = /^\.printf\b/i;

/**
 * Splits a line into statements at semicolons and line ends that are outside quotes, braces and parentheses
 * (`.foreach (x {a; b}) {c; d}` is one statement). `*` starts a comment that runs to the end of the line, `$$` one that runs to
 * the next semicolon.
 */
export function splitStatements(text: string): string[] {
  const statements: string[] = [];
  let at = 0;
  while (at < text.length) {
    while (at < text.length && /[\s;]/.test(text[at])) at++;
    const rest = text.slice(at);
    if (rest === '') break;
    if (rest.startsWith('*')) {
      at += endOf(rest, /[\r\n]/);
      continue;
    }
    if (rest.startsWith('$$') && !WHOLE_LINE.test(rest)) {
      at += endOf(rest, /[;\r\n]/);
      continue;
    }
    const length = WHOLE_LINE.test(rest) ? endOf(rest, /[\r\n]/) : statementLength(rest);
    statements.push(rest.slice(0, length).trim());
    at += length;
  }
  return statements;
}

/** True when a block is still open at the end of the text: the next line belongs to it. */
export function isUnfinished(text: string): boolean {
  const last = splitStatements(text).at(-1) ?? '';
  if (!OPENS_BLOCK.test(last)) return false;
  let depth = 0;
  let quoted = false;
  for (const c of last) {
    if (c === '"') quoted = !quoted;
    else if (!quoted && c === '{') depth++;
    else if (!quoted && c === '}') depth--;
  }
  return depth > 0;
}

/** A block typed over several lines, as one line; comments on lines of their own are left out. */
export function joinBlock(before: string, line: string): string {
  const text = line.trim();
  if (text === '' || /^(\*|\$\$)/.test(text)) return before;
  return before === '' ? line : `${before}; ${text}`;
}

function endOf(text: string, stop: RegExp): number {
  const found = text.search(stop);
  return found < 0 ? text.length : found;
}

function statementLength(text: string): number {
  const escapes = ESCAPES.test(text);
  const block = OPENS_BLOCK.test(text);
  let partsLeft = TWO_PARTS.test(text) ? 1 : 0;
  const singleQuotes = partsLeft > 0;
  let depth = 0;
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quote) {
      if (c === '\\' && escapes) i++;
      else if (c === quote) quote = '';
    } else if (c === '"' || (singleQuotes && c === "'")) quote = c;
    else if (c === '{' || c === '(') depth++;
    else if (c === '}' || c === ')') depth = Math.max(0, depth - 1);
    else if (depth === 0 && (c === ';' || c === '\n')) {
      if (block && GOES_ON.test(text.slice(i).replace(/^[\s;]+/, ''))) continue;
      if (c === ';' && partsLeft-- > 0) continue;
      return i;
    }
  }
  return text.length;
}

/** `!sos.dumpheap -stat` → name `dumpheap`, rest `-stat`; `~0s`, `?1+1` and `|` keep their sign as the name. */
export function splitCommand(statement: string): { name: string; rest: string; bang: boolean } {
  const thread = /^(~[*.#\d]*)\s*(.*)$/s.exec(statement);
  if (thread) return { name: '~', rest: statement.slice(1).trim(), bang: false };
  const sign = /^(\|\||\||\?\?|\?)\s*(.*)$/s.exec(statement);
  if (sign) return { name: sign[1], rest: sign[2].trim(), bang: false };
  // Letters glued to lm, the plus of .sympath+, what r sets, and opening brackets and quotes are arguments, not part of the name.
  const glued = /^(lm)([vfmad1]+)(?=\s|$)\s*(.*)$/is.exec(statement) ?? /^(\.sympath|\.symfix)(\+)\s*(.*)$/is.exec(statement) ?? /^(r)([@$?]\S*)(.*)$/is.exec(statement) ?? /^(r)(m)(?=\s)(.*)$/is.exec(statement);
  if (glued) return { name: glued[1], rest: `${glued[2]} ${glued[3].trim()}`.trim(), bang: false };
  // So are the letters of k, and where k starts.
  const stack = /^(k)([bcdfnplvm]*)(?=[\s=]|$)\s*(.*)$/is.exec(statement);
  if (stack) return { name: 'k', rest: `${stack[2] ? `/${stack[2]} ` : ''}${stack[3].trim()}`.trim(), bang: false };
  const script = /^(\$\$?(?:>a?)?<)\s*(.*)$/s.exec(statement);
  if (script) return { name: script[1], rest: script[2].trim(), bang: false };
  const bracket = /^(\.[a-z]+|[jz])([({"].*)$/is.exec(statement);
  if (bracket) return { name: bracket[1], rest: bracket[2].trim(), bang: false };
  const extension = /^!(?:[a-z_]\w*\.)?([^\s.]\S*)\s*(.*)$/is.exec(statement);
  if (extension) return { name: extension[1], rest: extension[2].trim(), bang: true };
  const plain = /^(\S+)\s*(.*)$/s.exec(statement);
  return plain ? { name: plain[1], rest: plain[2].trim(), bang: false } : { name: '', rest: '', bang: false };
}
