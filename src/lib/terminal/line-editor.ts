/** What the editor asks its owner to do after a key. */
export type EditorAction =
  | { readonly kind: 'redraw' }
  | { readonly kind: 'submit'; readonly line: string }
  | { readonly kind: 'interrupt' }
  | { readonly kind: 'complete' }
  | { readonly kind: 'clear' };

const ESCAPE = '\x1b';
const MAX_HISTORY = 500;

/** The command line of a terminal: text, cursor and history; knows terminal key sequences but no terminal. */
export class LineEditor {
  text = '';
  cursor = 0;
  readonly history: string[] = [];
  #at = 0;
  #draft = '';
  /** Reverse search (Ctrl+R): what is looked for, where it was found, and the line to go back to. */
  #search: { query: string; at: number; failed: boolean; readonly before: string } | undefined;

  /** Takes what the terminal sent (keys or pasted text); newlines in a paste submit line by line. */
  feed(data: string): EditorAction[] {
    const actions: EditorAction[] = [];
    for (let rest = data; rest; ) {
      const step = this.take(rest);
      rest = step.rest;
      if (step.action) actions.push(step.action);
    }
    return actions;
  }

  /** Takes input up to the first action that is more than a change of the line; `rest` waits until that is done. */
  take(data: string): { readonly action: EditorAction | undefined; readonly rest: string } {
    if (data.startsWith(ESCAPE) && data.length > 1) {
      this.#endSearch();
      return { action: this.#sequence(data.slice(1)), rest: '' };
    }
    let action: EditorAction | undefined;
    const text = data.replace(/\r\n?|\n/g, '\r');
    for (let i = 0; i < text.length; i++) {
      const next = this.#search ? this.#searchKey(text[i]) : this.#key(text[i]);
      action = next ?? action;
      if (next && next.kind !== 'redraw') return { action: next, rest: text.slice(i + 1) };
    }
    return { action, rest: '' };
  }

  /** What Ctrl+R looks for, while it does; `failed` when no older line has it. */
  get search(): { readonly query: string; readonly failed: boolean } | undefined {
    return this.#search;
  }

  #searchKey(c: string): EditorAction | undefined {
    const search = this.#search;
    if (!search) return undefined;
    if (c === '\x12') return this.#find(search.at - 1);
    if (c === '\x7f' || c === '\b') {
      search.query = search.query.slice(0, -1);
      return this.#find(this.history.length - 1);
    }
    if (c === '\x07' || c === '\x03' || c === ESCAPE) {
      this.#endSearch();
      this.set(search.before);
      return { kind: 'redraw' };
    }
    if (c < ' ') {
      this.#endSearch();
      return this.#key(c) ?? { kind: 'redraw' };
    }
    search.query += c;
    return this.#find(search.at);
  }

  /** The newest line at or before `from` that has the query. */
  #find(from: number): EditorAction {
    const search = this.#search;
    if (!search) return { kind: 'redraw' };
    const query = search.query.toLowerCase();
    let at = Math.min(from, this.history.length - 1);
    while (at >= 0 && !(query && this.history[at].toLowerCase().includes(query))) at--;
    search.failed = at < 0 && query !== '';
    if (at >= 0) {
      search.at = at;
      this.text = this.history[at];
      this.cursor = this.text.toLowerCase().indexOf(query);
    }
    return { kind: 'redraw' };
  }

  #endSearch(): void {
    if (this.#search && !this.#search.failed && this.#search.query) this.#at = this.#search.at;
    this.#search = undefined;
  }

  #key(c: string): EditorAction | undefined {
    switch (c) {
      case '\r': return this.submit();
      case '\x7f':
      case '\b': return this.#erase(this.cursor - 1, this.cursor);
      case '\t': return { kind: 'complete' };
      case '\x01': return this.#move(0);
      case '\x05': return this.#move(this.text.length);
      case '\x02': return this.#move(this.cursor - 1);
      case '\x06': return this.#move(this.cursor + 1);
      case '\x04': return this.#erase(this.cursor, this.cursor + 1);
      case '\x0b': return this.#erase(this.cursor, this.text.length);
      case '\x15': return this.#erase(0, this.cursor);
      case '\x17': return this.#erase(this.#wordStart(), this.cursor);
      case '\x10': return this.#recall(-1);
      case '\x0e': return this.#recall(1);
      case '\x0c': return { kind: 'clear' };
      case '\x12':
        this.#search = { query: '', at: this.history.length - 1, failed: false, before: this.text };
        return { kind: 'redraw' };
      case '\x03':
        this.set('');
        return { kind: 'interrupt' };
      default:
        if (c < ' ') return undefined;
        this.insert(c);
        return { kind: 'redraw' };
    }
  }

  #sequence(code: string): EditorAction | undefined {
    switch (code) {
      case '[A': case 'OA': return this.#recall(-1);
      case '[B': case 'OB': return this.#recall(1);
      case '[C': case 'OC': return this.#move(this.cursor + 1);
      case '[D': case 'OD': return this.#move(this.cursor - 1);
      case '[H': case 'OH': case '[1~': return this.#move(0);
      case '[F': case 'OF': case '[4~': return this.#move(this.text.length);
      case '[3~': return this.#erase(this.cursor, this.cursor + 1);
      case '[1;5D': case 'b': return this.#move(this.#wordStart());
      case '[1;5C': case 'f': return this.#move(this.#wordEnd());
      default: return undefined;
    }
  }

  insert(text: string): void {
    this.text = this.text.slice(0, this.cursor) + text + this.text.slice(this.cursor);
    this.cursor += text.length;
  }

  /** Replaces the line; the cursor goes to its end. */
  set(text: string): void {
    this.text = text;
    this.cursor = text.length;
    this.#at = this.history.length;
  }

  /** Puts a completion in place of the text from `from` to the cursor. */
  replace(from: number, text: string): void {
    this.text = this.text.slice(0, from) + text + this.text.slice(this.cursor);
    this.cursor = from + text.length;
  }

  submit(): EditorAction {
    const line = this.text;
    this.remember(line);
    this.set('');
    return { kind: 'submit', line };
  }

  remember(line: string): void {
    if (line.trim() && this.history.at(-1) !== line) this.history.push(line);
    if (this.history.length > MAX_HISTORY) this.history.shift();
    this.#at = this.history.length;
  }

  #erase(from: number, to: number): EditorAction {
    const start = Math.max(0, from);
    this.text = this.text.slice(0, start) + this.text.slice(Math.max(start, to));
    this.cursor = Math.min(start, this.text.length);
    return { kind: 'redraw' };
  }

  #move(to: number): EditorAction {
    this.cursor = Math.max(0, Math.min(this.text.length, to));
    return { kind: 'redraw' };
  }

  #wordStart(): number {
    return this.text.slice(0, this.cursor).replace(/\S+\s*$/, '').length;
  }

  #wordEnd(): number {
    return this.cursor + (/^\s*\S+/.exec(this.text.slice(this.cursor))?.[0].length ?? 0);
  }

  #recall(step: number): EditorAction {
    if (this.#at === this.history.length) this.#draft = this.text;
    const to = Math.max(0, Math.min(this.history.length, this.#at + step));
    const line = to === this.history.length ? this.#draft : this.history[to];
    this.text = line;
    this.cursor = line.length;
    this.#at = to;
    return { kind: 'redraw' };
  }
}
