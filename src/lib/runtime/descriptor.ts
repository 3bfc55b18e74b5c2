import { decodeUtf8, FormatError, isDumpError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import type { AddressSpace } from '../memory/index.ts';
import type { GlobalValue, LayoutTable } from './layouts.ts';

const MAGIC = 'DNCCDAC\0';
const MAX_JSON = 1 << 18;
const MAX_POINTERS = 4096;
const MAX_DESCRIPTORS = 32;
/** Bound of a search, and bytes looked at at a time. */
const MAX_SEARCH = 1 << 26;
const PIECE = 1 << 20;

/** What a runtime says about itself (dotnet/runtime docs/design/datacontracts/contract-descriptor.md). */
export interface Descriptor {
  readonly types: LayoutTable;
  readonly globals: ReadonlyMap<string, GlobalValue>;
  readonly contracts: ReadonlyMap<string, string>;
  /** Addresses of the variables that hold further descriptors (GC, from .NET 11 on), by name. */
  readonly subDescriptors: ReadonlyMap<string, Address>;
}

/** Reads the header at the exported symbol, its JSON and its pointer table. */
export function readDescriptor(memory: AddressSpace, header: Address): Descriptor {
  if (decodeUtf8(memory.read(header, 8)) !== MAGIC) throw new FormatError(`no contract descriptor at 0x${header.toString(16)}`);
  const p = memory.pointerSize;
  const size = memory.u32(header + 12);
  const json = memory.pointer(header + 16);
  const count = memory.u32(header + 16 + p);
  const pointers = memory.pointer(header + 24 + p);
  if (size > MAX_JSON || count > MAX_POINTERS) throw new FormatError(`contract descriptor of ${size} bytes and ${count} pointers`);
  const pointerData = Array.from({ length: count }, (_, i) => memory.pointer(pointers + i * p));
  return parseDescriptor(decodeUtf8(memory.read(json, size)), pointerData);
}

/**
 * A descriptor and those it refers to, itself first. A component that has not started yet has none; one that cannot be read
 * becomes a warning.
 */
export function readDescriptors(memory: AddressSpace, header: Address, warnings: string[]): Descriptor[] {
  const found: Descriptor[] = [];
  const headers = new Set([header]);
  for (const at of headers) {
    if (found.length >= MAX_DESCRIPTORS) break;
    try {
      const descriptor = readDescriptor(memory, at);
      found.push(descriptor);
      for (const variable of descriptor.subDescriptors.values()) {
        const next = memory.tryPointer(variable);
        if (next) headers.add(next);
      }
    } catch (error) {
      if (!isDumpError(error)) throw error;
      warnings.push(`contract descriptor: ${error.message}`);
    }
  }
  return found;
}

/** Looks for a descriptor by its magic, where it is not exported: programs of one file before .NET 10 hide it. undefined: there is none. */
export function searchDescriptor(memory: AddressSpace, areas: readonly { readonly address: Address; readonly size: number }[]): Address | undefined {
  let left = MAX_SEARCH;
  for (const { address, size } of areas) {
    for (let done = 0; done < size && left > 0; done += PIECE, left -= PIECE) {
      const bytes = memory.readUpTo(address + done, Math.min(PIECE, size - done));
      for (let at = indexOfMagic(bytes, 0); at >= 0; at = indexOfMagic(bytes, at + 1)) {
        if (isDescriptor(memory, address + done + at)) return address + done + at;
      }
    }
  }
  return undefined;
}

/** Headers are aligned, so that no piece cuts a magic in two. */
function indexOfMagic(bytes: Uint8Array, from: number): number {
  const first = MAGIC.charCodeAt(0);
  for (let at = bytes.indexOf(first, from); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (decodeUtf8(bytes.subarray(at, at + MAGIC.length)) === MAGIC) return at;
  }
  return -1;
}

function isDescriptor(memory: AddressSpace, at: Address): boolean {
  try {
    return Object.keys(readDescriptor(memory, at).types).length > 0;
  } catch (error) {
    if (!isDumpError(error)) throw error;
    return false;
  }
}

type Json = Record<string, unknown>;

/** Interprets the compact JSON form; unknown keys are ignored, malformed entries skipped. */
export function parseDescriptor(text: string, pointerData: readonly Address[]): Descriptor {
  let root: Json;
  try {
    root = JSON.parse(text.replace(/,(\s*[}\]])/g, '$1')) as Json;
  } catch {
    throw new FormatError('the contract descriptor is not valid JSON');
  }
  const types: Record<string, Record<string, number>> = {};
  for (const [name, fields] of Object.entries((root['types'] ?? {}) as Record<string, Json>)) {
    const table: Record<string, number> = {};
    for (const [field, value] of Object.entries(fields)) {
      const offset: unknown = Array.isArray(value) ? value[0] : value;
      if (typeof offset === 'number') table[field] = offset;
    }
    types[name] = table;
  }
  const globals = new Map<string, GlobalValue>();
  for (const [name, value] of Object.entries((root['globals'] ?? {}) as Json)) {
    const parsed = globalValue(value, pointerData);
    if (parsed !== undefined) globals.set(name, parsed);
  }
  const contracts = new Map<string, string>();
  for (const [name, version] of Object.entries((root['contracts'] ?? {}) as Json)) contracts.set(name, String(version).replace(/^c/, ''));
  const subDescriptors = new Map<string, Address>();
  for (const [name, value] of Object.entries((root['subDescriptors'] ?? {}) as Json)) {
    const parsed = globalValue(value, pointerData);
    if (typeof parsed === 'number') subDescriptors.set(name, parsed);
  }
  return { types, globals, contracts, subDescriptors };
}

/** Shapes: value · [index] indirect · [value, type] · [[index], type] indirect. */
function globalValue(value: unknown, pointerData: readonly Address[]): GlobalValue | undefined {
  if (!Array.isArray(value)) return scalar(value, undefined);
  if (value.length === 1) return pointerData[Number(value[0])];
  const [inner, type] = value as [unknown, unknown];
  return Array.isArray(inner) ? pointerData[Number(inner[0])] : scalar(inner, type);
}

function scalar(value: unknown, type: unknown): GlobalValue | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || type === 'string') return typeof value === 'string' ? value : undefined;
  if (!/^-?(0x[0-9a-f]+|\d+)$/i.test(value)) return value;
  const big = value.startsWith('-') ? -BigInt(value.slice(1)) : BigInt(value);
  return big <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(big) : big;
}
