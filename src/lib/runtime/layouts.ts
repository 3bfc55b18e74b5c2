import { ContractError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';

/** Offsets of one structure; a string such as `InternalCorElementType+2` is relative to another field. */
export type LayoutTable = Readonly<Record<string, Readonly<Record<string, number | string>>>>;

export type GlobalValue = number | bigint | string;

/** Field offsets, sizes and globals of one runtime build, whatever they came from (descriptor or tables). */
export class Layouts {
  readonly #types = new Map<string, Map<string, number>>();
  readonly #globals = new Map<string, GlobalValue>();

  /** Adds offsets that are not known yet: earlier sources win. */
  fill(table: LayoutTable): void {
    for (const [type, fields] of Object.entries(table)) {
      let known = this.#types.get(type);
      if (!known) this.#types.set(type, (known = new Map()));
      for (const [field, value] of Object.entries(fields)) {
        if (known.has(field)) continue;
        const offset = typeof value === 'number' ? value : relative(known, value);
        if (offset !== undefined) known.set(field, offset);
      }
    }
  }

  setGlobal(name: string, value: GlobalValue): void {
    if (!this.#globals.has(name)) this.#globals.set(name, value);
  }

  has(type: string, field: string): boolean {
    return this.#types.get(type)?.has(field) ?? false;
  }

  /** Offset of a field in bytes; throws ContractError when this runtime does not publish it. */
  offset(type: string, field: string): number {
    const value = this.#types.get(type)?.get(field);
    if (value === undefined) throw missing(`${type}.${field}`);
    return value;
  }

  tryOffset(type: string, field: string): number | undefined {
    return this.#types.get(type)?.get(field);
  }

  /** Size of a structure in bytes (its `!` entry). */
  size(type: string): number {
    return this.offset(type, '!');
  }

  hasGlobal(name: string): boolean {
    return this.#globals.has(name);
  }

  /** A numeric global: its value, or the address of the variable for indirect ones. */
  global(name: string): Address {
    const value = this.#globals.get(name);
    if (value === undefined || typeof value === 'string') throw missing(`global ${name}`);
    return Number(value);
  }

  tryGlobal(name: string): Address | undefined {
    const value = this.#globals.get(name);
    return value === undefined || typeof value === 'string' ? undefined : Number(value);
  }

  /** A global that is a text. */
  text(name: string): string {
    const value = this.#globals.get(name);
    if (typeof value !== 'string') throw missing(`global ${name}`);
    return value;
  }

  globalNames(): IterableIterator<string> {
    return this.#globals.keys();
  }
}

function relative(known: ReadonlyMap<string, number>, expression: string): number | undefined {
  const [base, delta] = expression.split('+');
  const start = known.get(base);
  return start === undefined ? undefined : start + Number(delta);
}

function missing(what: string): ContractError {
  return new ContractError(`this runtime does not describe ${what}`, {
    en: 'The command needs a structure this runtime version does not publish. Other commands still work.',
    'zh-tw': '這個指令需要的結構，此版本的執行階段並未公開；其他指令仍可使用。',
  });
}
