import { hex } from '../bytes/index.ts';
import type { Cell, Inline, Row } from './nodes.ts';

/** `1,234,567` whatever the user's locale, as SOS prints with the invariant culture. */
export function thousands(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** Pointer in today's managed commands: at least 12 digits on a 64-bit target, without leading zeros beyond. */
export function pointer12(address: number): string {
  return hex(address, 12);
}

/** Pointer as native SOS prints it (%p): 16 digits on a 64-bit target. */
export function pointer16(address: number): string {
  return hex(address, 16);
}

/** How one column is laid out. Width 0: as wide as its text. */
export interface ColumnDef { readonly width: number; readonly align: 'left' | 'right' }

export const right = (width: number): ColumnDef => ({ width, align: 'right' });
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
