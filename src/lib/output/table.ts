import { hex } from '../bytes/index.ts';
import type { Cell, Inline, Row } from './nodes.ts';

/** `1,234,567` whatever the user's locale, as SOS prints with the invariant culture. */
export function thousands(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** A pointer in the few places where SOS prints 12 digits whatever the target. */
export function pointer12(address: number): string {
  return hex(address, 12);
}

/** How one column is laid out. Width 0: as wide as its text. */
export interface ColumnDef { readonly width: number; readonly align: 'left' | 'right' }

export const right = (width: number): ColumnDef => ({ width, align: 'right' });
/** A column of pointers: 16 characters for a 64-bit target, 8 for a 32-bit one, or as wide as its title. */
export const pointerColumn = (pointerSize: 4 | 8, title = ''): ColumnDef => right(Math.max(2 * pointerSize, title.length));
export const left = (width: number): ColumnDef => ({ width, align: 'left' });

/** Makes rows of one shape. */
export class Table {
  readonly #columns: readonly ColumnDef[];
  readonly #gap: string | undefined;

  constructor(columns: readonly ColumnDef[], gap?: string) {
    this.#columns = columns;
    this.#gap = gap;
  }

  row(...contents: Inline[]): Row {
    const cells: Cell[] = contents.map((content, i) => ({ content, width: this.#columns[i]?.width ?? 0, align: this.#columns[i]?.align ?? 'left' }));
    return this.#gap === undefined ? { kind: 'row', cells } : { kind: 'row', cells, gap: this.#gap };
  }
}
