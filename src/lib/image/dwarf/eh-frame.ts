import { FormatError } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import type { AddressSpace } from '../../memory/index.ts';
import type { ElfImage } from '../elf.ts';
import { DwarfReader, Encoding } from './reader.ts';

const PT_GNU_EH_FRAME = 0x6474e550;
const MAX_RECORD = 1 << 20;
const MAX_AUGMENTATION = 32;
const MAX_CIES = 10_000;
/** Entries looked at one after the other where an image has no table to search. */
const MAX_LINEAR = 1 << 18;
const TABLE_ENTRY = 8;

/** What the FDEs that share it have in common (Linux Standard Base, "CIE format"). */
export interface Cie {
  readonly codeAlignment: number;
  readonly dataAlignment: number;
  /** DWARF number of the column that holds the return address. */
  readonly returnRegister: number;
  /** DW_EH_PE of addresses in its FDEs. */
  readonly pointerEncoding: number;
  /** The frame was pushed by the kernel: its caller was interrupted, it did not call. */
  readonly signal: boolean;
  /** FDEs have a length of augmentation data before their instructions. */
  readonly augmented: boolean;
  readonly instructions: Address;
  readonly end: Address;
}

/** Unwind data of one function. */
export interface Fde { readonly memory: AddressSpace; readonly cie: Cie; readonly begin: Address; readonly size: number; readonly instructions: Address; readonly end: Address }

/** .eh_frame of an ELF image, found through its program headers (PT_GNU_EH_FRAME) and searched by .eh_frame_hdr's table. */
export class EhFrame {
  readonly #memory: AddressSpace;
  readonly #header: Address;
  readonly #frames: Address;
  readonly #table: { readonly at: Address; readonly count: number } | undefined;
  readonly #cies = new Map<Address, Cie>();

  private constructor(memory: AddressSpace, header: Address, size: number) {
    this.#memory = memory;
    this.#header = header;
    const reader = new DwarfReader(memory, header, header + size);
    const version = reader.u8();
    if (version !== 1) throw new FormatError(`.eh_frame_hdr of version ${version}`);
    const [framesEncoding, countEncoding, tableEncoding] = [reader.u8(), reader.u8(), reader.u8()];
    this.#frames = reader.pointer(framesEncoding, { data: header }) ?? 0;
    const count = reader.pointer(countEncoding, { data: header }) ?? 0;
    const fits = Math.max(0, Math.floor((header + size - reader.at) / TABLE_ENTRY));
    if (count > 0 && tableEncoding === (Encoding.DataRelative | Encoding.S4)) this.#table = { at: reader.at, count: Math.min(count, fits) };
  }

  /** undefined when the image says nothing about unwinding; throws FormatError or ReadError when its header is damaged or not in the dump. */
  static open(image: ElfImage): EhFrame | undefined {
    const segment = image.segment(PT_GNU_EH_FRAME);
    return segment && segment.size >= 4 ? new EhFrame(image.memory, segment.address, segment.size) : undefined;
  }

  /** The FDE that covers an address. */
  find(ip: Address): Fde | undefined {
    const at = this.#table ? this.#search(this.#table, ip) : undefined;
    const fde = at === undefined ? (this.#table ? undefined : this.#linear(ip)) : this.#fde(at);
    return fde && ip >= fde.begin && ip < fde.begin + fde.size ? fde : undefined;
  }

  #search(table: { readonly at: Address; readonly count: number }, ip: Address): Address | undefined {
    const begin = (i: number) => this.#header + this.#memory.i32(table.at + i * TABLE_ENTRY);
    if (table.count === 0 || begin(0) > ip) return undefined;
    let low = 0;
    let high = table.count - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (begin(middle) <= ip) low = middle;
      else high = middle - 1;
    }
    return this.#header + this.#memory.i32(table.at + low * TABLE_ENTRY + 4);
  }

  #linear(ip: Address): Fde | undefined {
    let at = this.#frames;
    for (let i = 0; at && i < MAX_LINEAR && this.#memory.has(at, 8); i++) {
      const { body, end } = this.#record(at);
      if (end === body) return undefined;
      if (this.#memory.u32(body) !== 0) {
        const fde = this.#fde(at);
        if (fde && ip >= fde.begin && ip < fde.begin + fde.size) return fde;
      }
      at = end;
    }
    return undefined;
  }

  /** Length field, 32 or 64 bits. */
  #record(at: Address): { readonly body: Address; readonly end: Address } {
    const short = this.#memory.u32(at);
    const [body, length] = short === 0xffffffff ? [at + 12, this.#memory.u64(at + 4)] : [at + 4, short];
    if (length > MAX_RECORD) throw new FormatError(`unwind data of ${length} bytes at 0x${at.toString(16)}`);
    return { body, end: body + length };
  }

  #fde(at: Address): Fde | undefined {
    const { body, end } = this.#record(at);
    const reader = new DwarfReader(this.#memory, body, end);
    const delta = reader.u32();
    if (delta === 0) return undefined;
    const cie = this.#cie(body - delta);
    const begin = reader.pointer(cie.pointerEncoding, { data: this.#header });
    const size = reader.pointer(cie.pointerEncoding & 15);
    if (begin === undefined || size === undefined) throw new FormatError(`unwind data at 0x${at.toString(16)} names no code`);
    if (cie.augmented) reader.skip(reader.uleb());
    return { memory: this.#memory, cie, begin, size, instructions: reader.at, end };
  }

  #cie(at: Address): Cie {
    const known = this.#cies.get(at);
    if (known) return known;
    const { body, end } = this.#record(at);
    const cie = readCie(new DwarfReader(this.#memory, body, end), this.#header);
    if (this.#cies.size >= MAX_CIES) this.#cies.clear();
    this.#cies.set(at, cie);
    return cie;
  }
}

function readCie(reader: DwarfReader, data: Address): Cie {
  if (reader.u32() !== 0) throw new FormatError(`no CIE at 0x${(reader.at - 4).toString(16)}`);
  const version = reader.u8();
  if (version !== 1 && version !== 3 && version !== 4) throw new FormatError(`CIE of version ${version}`);
  const augmentation = reader.text(MAX_AUGMENTATION);
  if (augmentation.startsWith('eh')) reader.skip(reader.memory.pointerSize);
  if (version === 4) reader.skip(2);
  const codeAlignment = reader.uleb();
  const dataAlignment = reader.sleb();
  const returnRegister = version === 1 ? reader.u8() : reader.uleb();
  let pointerEncoding: number = Encoding.Absolute;
  let signal = false;
  const augmented = augmentation.startsWith('z');
  let instructions = reader.at;
  if (augmented) {
    const length = reader.uleb();
    instructions = reader.at + length;
    for (const letter of augmentation.slice(1)) {
      if (letter === 'R') pointerEncoding = reader.u8();
      else if (letter === 'L') reader.skip(1);
      else if (letter === 'P') personality(reader, data);
      else if (letter === 'S') signal = true;
      // Behind a letter that is not known nothing can be read; the length says where the instructions are.
      else break;
    }
  }
  if (instructions > reader.end) throw new FormatError('a CIE runs over its end');
  return { codeAlignment, dataAlignment, returnRegister, pointerEncoding, signal, augmented, instructions, end: reader.end };
}

/** The personality routine matters to exceptions only; its pointer is stepped over without being followed. */
function personality(reader: DwarfReader, data: Address): void {
  const encoding = reader.u8();
  reader.pointer(encoding & ~Encoding.Indirect, { data, text: 0, function: 0 });
}
