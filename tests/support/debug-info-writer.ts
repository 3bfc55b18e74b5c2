/** Writes debug info from a model, after the runtime's own writer (dotnet/runtime src/coreclr/vm/debuginfostore.cpp, inc/nibblestream.h), for tests of the reader. */
export interface LocationModel {
  /** VarLocType 0 to 10. */
  readonly type: number;
  /** What follows the type, in stored order; `signed` marks stack offsets. */
  readonly fields: readonly { readonly value: number; readonly signed?: boolean }[];
}
export interface DebugInfoModel {
  readonly packedBounds: boolean;
  /** The form of .NET 11 (docs/design/datacontracts/DebugInfo.md): bounds are packed, nothing stands in front. */
  readonly chunks?: boolean;
  /** Undefined: ReadyToRun form, without the byte in front. */
  readonly front?: { readonly patchpoint?: Uint8Array; readonly rich?: Uint8Array };
  readonly bounds: readonly { readonly native: number; readonly il: number; readonly source: number }[];
  /** A profiler's bounds, written first. */
  readonly instrumented?: DebugInfoModel['bounds'];
  readonly variables: readonly { readonly start: number; readonly end: number; readonly variable: number; readonly location: LocationModel }[];
}

class NibbleWriter {
  readonly #nibbles: number[] = [];
  unsigned(value: number): void {
    const groups: number[] = [];
    do {
      groups.unshift(value % 8);
      value = Math.floor(value / 8);
    } while (value > 0);
    groups.forEach((group, i) => this.#nibbles.push(group | (i < groups.length - 1 ? 8 : 0)));
  }
  signed(value: number): void {
    this.unsigned(Math.abs(value) * 2 + (value < 0 ? 1 : 0));
  }
  bytes(): number[] {
    const bytes: number[] = [];
    for (let i = 0; i < this.#nibbles.length; i += 2) bytes.push(this.#nibbles[i] | ((this.#nibbles[i + 1] ?? 0) << 4));
    return bytes;
  }
}

function boundsBytes(bounds: DebugInfoModel['bounds'], packed: boolean, kindBits = 2): number[] {
  if (bounds.length === 0) return [];
  const w = new NibbleWriter();
  w.unsigned(bounds.length);
  const deltas = bounds.map((b, i) => b.native - (i ? bounds[i - 1].native : 0));
  if (!packed) {
    bounds.forEach((b, i) => {
      w.unsigned(deltas[i]);
      w.unsigned(b.il + 3);
      w.unsigned(b.source);
    });
    return w.bytes();
  }
  const width = (values: readonly number[]) => Math.max(1, Math.max(...values).toString(2).length);
  const nativeBits = width(deltas);
  const ilBits = width(bounds.map((b) => b.il + 3));
  w.unsigned(nativeBits - 1);
  w.unsigned(ilBits - 1);
  // One large number a time, lowest bits first.
  const text = bounds.map((b, i) => {
    const bits = (value: number, count: number) => value.toString(2).padStart(count, '0').split('').reverse().join('');
    return bits(b.source & 3, kindBits) + bits(deltas[i], nativeBits) + bits(b.il + 3, ilBits);
  }).join('');
  const bytes = w.bytes();
  for (let i = 0; i < text.length; i += 8) bytes.push(parseInt(text.slice(i, i + 8).split('').reverse().join('').padStart(8, '0'), 2));
  return bytes;
}

function variableBytes(variables: DebugInfoModel['variables'], numberFirst = false): number[] {
  if (variables.length === 0) return [];
  const w = new NibbleWriter();
  w.unsigned(variables.length);
  for (const v of variables) {
    if (numberFirst) w.unsigned(v.variable + 6);
    w.unsigned(v.start);
    w.unsigned(v.end - v.start);
    if (!numberFirst) w.unsigned(v.variable + 4);
    w.unsigned(v.location.type);
    for (const field of v.location.fields) field.signed ? w.signed(field.value) : w.unsigned(field.value);
  }
  return w.bytes();
}

function writeChunks({ bounds, instrumented, variables }: DebugInfoModel): Uint8Array {
  const chunks = [boundsBytes(instrumented ?? bounds, true, 3), variableBytes(variables, true), instrumented ? boundsBytes(bounds, true, 3) : [], [1, 2, 3], [], [4]];
  const header = new NibbleWriter();
  const slim = !instrumented && chunks[0].length > 0;
  if (!slim) header.unsigned(0);
  for (const { length } of slim ? chunks.slice(0, 2) : chunks) header.unsigned(length);
  return Uint8Array.from([...header.bytes(), ...(slim ? chunks.slice(0, 2) : chunks).flat()]);
}

export function writeDebugInfo(model: DebugInfoModel): Uint8Array {
  if (model.chunks) return writeChunks(model);
  const bytes: number[] = [];
  if (model.front) {
    const { patchpoint, rich } = model.front;
    bytes.push((patchpoint ? 1 : 0) | (rich ? 2 : 0), ...(patchpoint ?? []));
    if (rich) bytes.push(...new Uint8Array(Uint32Array.of(rich.length).buffer), ...rich);
  }
  const bounds = boundsBytes(model.bounds, model.packedBounds);
  const variables = variableBytes(model.variables);
  const header = new NibbleWriter();
  const instrumented = model.instrumented && boundsBytes(model.instrumented, model.packedBounds);
  if (instrumented) {
    header.unsigned(0xffffffff);
    header.unsigned(instrumented.length);
  }
  header.unsigned(bounds.length);
  header.unsigned(variables.length);
  bytes.push(...header.bytes(), ...(instrumented ?? []), ...bounds, ...variables);
  return Uint8Array.from(bytes);
}

/** A sparse array as ReadyToRun images have it (tools' NativeFormatWriter): each element's bytes, by index; two forms of entry table. */
export function writeNativeArray(elements: ReadonlyMap<number, readonly number[]>, count: number, width: 1 | 2): Uint8Array {
  const number = (value: number): number[] => {
    if (value < 128) return [value * 2];
    if (value < 128 * 128) return [((value * 4) & 0xff) | 1, value >> 6];
    return [0x0f, value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, value >>> 24];
  };
  const blocks = Math.ceil(count / 16);
  const block = (first: number): number[] => {
    const tree = (low: number, bit: number): number[] | undefined => {
      const present = [...elements.keys()].filter((i) => i >= low && i < low + bit * 2);
      if (present.length === 0) return undefined;
      if (bit < 1) return [...(elements.get(low) ?? [])];
      // A lone element may name its place instead of a path.
      if (present.length === 1) return [...number((present[0] % 16) << 2), ...(elements.get(present[0]) ?? [])];
      const left = tree(low, bit / 2);
      const right = tree(low + bit, bit / 2);
      for (let size = 1; ; size++) {
        const node = number((left ? 1 : 0) | (right ? 2 : 0) | (right ? (size + (left?.length ?? 0)) << 2 : 0));
        if (node.length === size) return [...node, ...(left ?? []), ...(right ?? [])];
      }
    };
    return tree(first, 8) ?? number(16 << 2);
  };
  const header = number((count << 2) | (width === 1 ? 0 : 1));
  const data: number[] = [];
  const entries = Array.from({ length: blocks }, (_, i) => {
    const at = blocks * width + data.length;
    data.push(...block(16 * i));
    return at;
  });
  return Uint8Array.from([...header, ...entries.flatMap((at) => (width === 1 ? [at] : [at & 0xff, at >> 8])), ...data]);
}
