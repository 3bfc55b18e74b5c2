import { isDumpError } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { pointers } from '../../container/index.ts';
import type { MemoryRegion } from '../../container/index.ts';
import { committedStart } from '../../heap/index.ts';
import { fileName, LoaderHeaps } from '../../runtime/index.ts';
import type { CommandContext } from '../context.ts';

const COMMIT = 0x1000;
const RESERVE = 0x2000;
const IMAGE = 0x1000000;
const MAPPED = 0x40000;

/** Part of the address space with one use. */
export interface DescribedRegion {
  readonly start: Address;
  readonly end: Address;
  /** What lives there: `GCHeap`, `HighFrequencyHeap`, `Stack`, `Image`, a protection for memory nobody claims. */
  readonly name: string;
  readonly state: number;
  readonly type: number;
  readonly protection: number;
  readonly image: string;
}

interface Claim { readonly start: Address; readonly end: Address; readonly name: string }

const PROTECTIONS: readonly (readonly [bit: number, name: string])[] = [
  [0x01, 'PAGE_NOACCESS'], [0x02, 'PAGE_READONLY'], [0x04, 'PAGE_READWRITE'], [0x08, 'PAGE_WRITECOPY'], [0x10, 'PAGE_EXECUTE'],
  [0x20, 'PAGE_EXECUTE_READ'], [0x40, 'PAGE_EXECUTE_READWRITE'], [0x80, 'PAGE_EXECUTE_WRITECOPY'], [0x100, 'PAGE_GUARD'], [0x200, 'PAGE_NOCACHE'], [0x400, 'PAGE_WRITECOMBINE'],
];

export function protectionText(bits: number): string {
  return PROTECTIONS.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name).join(', ');
}

export const stateText = (state: number) => (state === COMMIT ? 'MEM_COMMIT' : state === RESERVE ? 'MEM_RESERVE' : 'MEM_FREE');
export const typeText = (type: number) => (type === IMAGE ? 'MEM_IMAGE' : type === MAPPED ? 'MEM_MAPPED' : type === 0x20000 ? 'MEM_PRIVATE' : '');

/** Every region of the process, cut where the runtime's own heaps begin and end. */
export function describeAddressSpace(context: CommandContext, withReserve: boolean): DescribedRegion[] {
  const claims = runtimeMemory(context);
  const stacks = context.dump.threads.map((t) => pointers(t.registers).sp).filter((sp) => sp > 0);
  const result: DescribedRegion[] = [];
  for (const region of [...context.dump.regions].sort((a, b) => a.address - b.address)) {
    if (region.state !== COMMIT && !(withReserve && region.state === RESERVE)) continue;
    const end = region.address + region.size;
    const image = region.file ?? imageAt(context, region);
    const rest = restName(region, image, stacks);
    let at = region.address;
    for (const claim of overlapping(claims, region.address, end)) {
      const from = Math.max(claim.start, at);
      const to = Math.min(claim.end, end);
      if (to <= from) continue;
      if (from > at) result.push(part(region, at, from, rest, image));
      result.push(part(region, from, to, region.state === RESERVE && claim.name === 'GCHeap' ? '[GCHeapReserve]' : claim.name, image));
      at = to;
    }
    if (at < end) result.push(part(region, at, end, rest, image));
  }
  return result;
}

function part(region: MemoryRegion, start: Address, end: Address, name: string, image: string): DescribedRegion {
  return { start, end, name, image, state: region.state, type: region.type, protection: region.protection };
}

/** Memory of the GC, the loader and the JIT, sorted; what is not readable is left out. */
function runtimeMemory(context: CommandContext): Claim[] {
  const claims: Claim[] = [];
  try {
    for (const s of context.clr.segments) {
      claims.push({ start: committedStart(s), end: s.committed, name: 'GCHeap' });
      if (s.reserved > s.committed) claims.push({ start: s.committed, end: s.reserved, name: '[GCHeapReserve]' });
    }
    const loader = new LoaderHeaps(context.clr.target);
    for (const heap of [...loader.allocatorHeaps(), ...loader.codeHeaps()]) {
      claims.push({ start: heap.start, end: heap.start + heap.size, name: heap.kind === 'StaticsHeap' ? 'Unknown' : heap.kind });
    }
  } catch (error) {
    if (!isDumpError(error)) throw error;
  }
  return claims.sort((a, b) => a.start - b.start);
}

function* overlapping(claims: readonly Claim[], start: Address, end: Address): Generator<Claim> {
  for (const claim of claims) {
    if (claim.start >= end) return;
    if (claim.end > start) yield claim;
  }
}

function imageAt(context: CommandContext, region: MemoryRegion): string {
  if (region.type !== IMAGE) return '';
  return context.dump.modules.find((m) => region.address >= m.base && region.address < m.base + m.size)?.path ?? '';
}

function restName(region: MemoryRegion, image: string, stacks: readonly Address[]): string {
  if (stacks.some((sp) => sp >= region.address && sp < region.address + region.size)) return 'Stack';
  if (region.state === RESERVE) return '[RESERVED]';
  if (region.type === IMAGE || image) return 'Image';
  const protection = protectionText(region.protection);
  return region.type === MAPPED ? protection.replaceAll('PAGE', 'MAPPED') || 'MEM_MAPPED' : protection;
}

export function imageName(path: string): string {
  return path ? fileName(path) : '';
}
