import { line, rowText, Table } from '../../output/index.ts';
import type { ColumnDef, OutputNode } from '../../output/index.ts';

/** Rows between borders of dashes, as SOS's managed commands draw them. */
export class Bordered {
  readonly #table: Table;
  readonly #width: number;

  constructor(columns: readonly ColumnDef[]) {
    this.#table = new Table(columns, ' | ');
    this.#width = columns.reduce((sum, c) => sum + c.width, 3 * (columns.length - 1));
  }

  border(): OutputNode {
    return line(` +-${'-'.repeat(this.#width)}-+ `);
  }

  row(...cells: string[]): OutputNode {
    return line(` | ${rowText(this.#table.row(...cells))} | `);
  }
}
