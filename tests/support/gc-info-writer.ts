/** Writes GC info bit by bit from a model, after the format's description (dotnet/runtime src/coreclr/inc/gcinfoencoder.h), for tests of the reader. */
export interface SlotModel { readonly register?: number; readonly base?: number; readonly offset?: number; readonly flags: number; readonly untracked?: boolean }

export interface GcInfoModel {
  readonly version: number;
  readonly slim: boolean;
  readonly codeLength: number;
  readonly frameRegister: boolean;
  readonly gsCookie?: number;
  readonly genericsContext?: { readonly slot: number; readonly kind: 1 | 2 | 3 };
  readonly prolog: number;
  readonly epilog: number;
  readonly pspSym?: number;
  readonly stackArea: number;
  /** Return addresses, ascending, with the slots that are live there. */
  readonly safePoints: readonly { readonly offset: number; readonly live: ReadonlySet<number> }[];
  readonly ranges: readonly { readonly start: number; readonly end: number }[];
  /** Registers, stack slots, untracked ones, in this order. */
  readonly slots: readonly SlotModel[];
  /** Slots live at an offset of interruptible code. */
  readonly liveAt: (offset: number) => ReadonlySet<number>;
  /** Live states of safe points behind a table of pointers, each state written once, in run-length form when this says so. */
  readonly indirect?: 'bits' | 'runs';
}

class BitWriter {
  readonly bits: number[] = [];
  bit(value: number): void {
    this.bits.push(value & 1);
  }
  fixed(value: number, count: number): void {
    for (let i = 0; i < count; i++) this.bit(Math.floor(value / 2 ** i));
  }
  unsigned(value: number, base: number): void {
    for (;;) {
      this.fixed(value % 2 ** base, base);
      value = Math.floor(value / 2 ** base);
      this.bit(value > 0 ? 1 : 0);
      if (value === 0) return;
    }
  }
  signed(value: number, base: number): void {
    for (;;) {
      const chunk = ((value % 2 ** base) + 2 ** base) % 2 ** base;
      const rest = Math.floor(value / 2 ** base);
      this.fixed(chunk, base);
      const done = (rest === 0 && chunk < 2 ** (base - 1)) || (rest === -1 && chunk >= 2 ** (base - 1));
      this.bit(done ? 0 : 1);
      if (done) return;
      value = rest;
    }
  }
  align(): void {
    while (this.bits.length % 8) this.bit(0);
  }
  append(other: BitWriter): void {
    for (const bit of other.bits) this.bits.push(bit);
  }
  bytes(): Uint8Array {
    const bytes = new Uint8Array(Math.ceil(this.bits.length / 8));
    this.bits.forEach((bit, i) => (bytes[i >> 3] |= bit << (i & 7)));
    return bytes;
  }
}

export function writeGcInfo(model: GcInfoModel): Uint8Array {
  const w = new BitWriter();
  const old = model.version < 4;
  w.bit(model.slim ? 0 : 1);
  if (model.slim) {
    w.bit(model.frameRegister ? 1 : 0);
    if (old) w.fixed(1, 2);
    w.unsigned(model.codeLength, 8);
  } else {
    const { gsCookie, genericsContext: generics, pspSym } = model;
    w.fixed((gsCookie === undefined ? 0 : 4) | (pspSym === undefined ? 0 : 8) | (generics ? generics.kind << 4 : 0) | (model.frameRegister ? 0x40 : 0) | 0x80, 10);
    if (old) w.fixed(9, 4);
    w.unsigned(model.codeLength, 8);
    if (gsCookie !== undefined || generics) w.unsigned(model.prolog - 1, 5);
    if (gsCookie !== undefined) w.unsigned(model.epilog, 3);
    if (gsCookie !== undefined) w.signed(gsCookie / 8, 6);
    if (old && pspSym !== undefined) w.signed(pspSym / 8, 6);
    if (generics) w.signed(generics.slot / 8, 6);
    if (model.frameRegister) w.unsigned(0, 3);
    w.unsigned(model.stackArea / 8, 3);
  }
  w.unsigned(model.safePoints.length, 2);
  if (!model.slim) w.unsigned(model.ranges.length, 1);
  let offsetBits = 0;
  while (2 ** offsetBits < model.codeLength) offsetBits++;
  for (const { offset } of model.safePoints) w.fixed(offset - (old ? 1 : 0), offsetBits);
  let last = 0;
  for (const { start, end } of model.ranges) {
    w.unsigned(start - last, 6);
    w.unsigned(end - start - 1, 6);
    last = end;
  }
  writeSlots(w, model.slots);
  const tracked = model.slots.filter((s) => !s.untracked).length;
  if (tracked > 0) {
    writeSafePoints(w, model, tracked);
    if (model.ranges.length > 0) writeChunks(w, model, tracked);
  }
  return w.bytes();
}

function writeSlots(w: BitWriter, slots: readonly SlotModel[]): void {
  const registers = slots.filter((s) => s.register !== undefined);
  const stack = slots.filter((s) => s.register === undefined && !s.untracked);
  const untracked = slots.filter((s) => s.untracked);
  w.bit(registers.length ? 1 : 0);
  if (registers.length) w.unsigned(registers.length, 2);
  w.bit(stack.length + untracked.length ? 1 : 0);
  if (stack.length + untracked.length) {
    w.unsigned(stack.length, 2);
    w.unsigned(untracked.length, 1);
  }
  registers.forEach(({ register = 0, flags }, i) => {
    const previous = registers[i - 1];
    if (previous && previous.flags === 0) w.unsigned(register - (previous.register ?? 0) - 1, 2);
    else {
      w.unsigned(register, 3);
      w.fixed(flags, 2);
    }
  });
  for (const list of [stack, untracked]) {
    list.forEach(({ base = 0, offset = 0, flags }, i) => {
      const previous = list[i - 1];
      w.fixed(base, 2);
      if (previous && previous.flags === 0) w.unsigned((offset - (previous.offset ?? 0)) / 8, 4);
      else {
        w.signed(offset / 8, 6);
        w.fixed(flags, 2);
      }
    });
  }
}

function vector(w: BitWriter, live: ReadonlySet<number>, count: number): void {
  for (let i = 0; i < count; i++) w.bit(live.has(i) ? 1 : 0);
}

/** Lengths of stretches outside and inside the set by turns; the first may be 0, the others are stored minus 1. */
function runLengths(w: BitWriter, live: ReadonlySet<number>, count: number): void {
  const lengths: number[] = [];
  for (let at = 0, member = false; at < count; member = !member) {
    let length = 0;
    while (at < count && live.has(at) === member) {
      at++;
      length++;
    }
    lengths.push(length);
  }
  w.bit(1);
  w.bit(0);
  lengths.forEach((length, i) => w.unsigned(i === 0 ? length : length - 1, i % 2 === 0 ? 4 : 2));
}

function writeSafePoints(w: BitWriter, model: GcInfoModel, tracked: number): void {
  if (model.safePoints.length === 0) return;
  w.bit(model.indirect ? 1 : 0);
  if (!model.indirect) {
    for (const { live } of model.safePoints) vector(w, live, tracked);
    return;
  }
  const states = new BitWriter();
  const known = new Map<string, number>();
  const offsets = model.safePoints.map(({ live }) => {
    const key = [...live].sort().join();
    const found = known.get(key);
    if (found !== undefined) return found;
    const at = states.bits.length;
    known.set(key, at);
    if (model.indirect === 'runs') runLengths(states, live, tracked);
    else {
      states.bit(0);
      vector(states, live, tracked);
    }
    return at;
  });
  let bits = 1;
  while (2 ** bits <= Math.max(...offsets)) bits++;
  w.unsigned(bits - 1, 3);
  for (const offset of offsets) w.fixed(offset, bits);
  w.align();
  w.append(states);
}

/** Chunks of 64 interruptible bytes; one in which nothing changes from the one before is left out. */
function writeChunks(w: BitWriter, model: GcInfoModel, tracked: number): void {
  const places = model.ranges.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i));
  const data = new BitWriter();
  const pointers: number[] = [];
  let before = '';
  for (let chunk = 0; chunk * 64 < places.length; chunk++) {
    const part = places.slice(chunk * 64, chunk * 64 + 64).map((place) => model.liveAt(place));
    const constant = part.every((live) => [...live].sort().join() === before);
    if (constant) {
      pointers.push(0);
      continue;
    }
    pointers.push(data.bits.length + 1);
    const changing = new Set(Array.from({ length: tracked }, (_, i) => i).filter((i) => part.some((live) => live.has(i))));
    // A chunk names at least one slot.
    if (changing.size === 0) changing.add(0);
    if (chunk % 2) runLengths(data, changing, tracked);
    else {
      data.bit(0);
      vector(data, changing, tracked);
    }
    const listed = [...changing].sort((a, b) => a - b);
    for (const slot of listed) data.bit(part[part.length - 1].has(slot) ? 1 : 0);
    for (const slot of listed) {
      for (let i = 1; i < part.length; i++) {
        if (part[i].has(slot) === part[i - 1].has(slot)) continue;
        data.bit(1);
        data.fixed(i, 6);
      }
      data.bit(0);
    }
    before = [...part[part.length - 1]].sort().join();
  }
  let bits = 0;
  while (2 ** bits <= Math.max(...pointers)) bits++;
  w.unsigned(bits, 3);
  if (bits === 0) return;
  for (const pointer of pointers) w.fixed(pointer, bits);
  w.align();
  w.append(data);
}
