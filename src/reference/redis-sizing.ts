/**
 * Memory a Redis session store needs. Measured: Redis 4.0.14 and 7.2.6 with jemalloc, 1,000 to 5,000 sessions of one
 * size, keys of about 50 characters, used_memory before and after; tests hold the model against these numbers.
 */
export type Layout = 'hash' | 'string';
export type RedisVersion = '4.0' | '7.2';

/** Bytes a session takes beside its value: keys, expiry entries, dictionary, the timeout key. */
const FIXED: Readonly<Record<RedisVersion, Readonly<Record<Layout, number>>>> = { '4.0': { hash: 468, string: 284 }, '7.2': { hash: 440, string: 296 } };
/** String header and terminator in front of and behind a value (sds.h). */
const SDS = 10;

export const MEASURED: readonly { readonly version: RedisVersion; readonly layout: Layout; readonly payload: number; readonly bytes: number }[] = [
  ...([['4.0', 'hash', [692, 1748, 12756, 57808, 115209]], ['4.0', 'string', [508, 1564, 12572, 57624, 115025]], ['7.2', 'hash', [664, 1720, 12728, 57848, 115250]], ['7.2', 'string', [520, 1576, 12584, 57704, 115106]]] as const)
    .flatMap(([version, layout, list]) => list.map((bytes, i) => ({ version, layout, payload: [200, 1024, 10240, 51200, 102400][i], bytes }))),
];

/** Size class of jemalloc that serves a request: multiples of 16 to 128, then four classes a doubling. */
export function sizeClass(bytes: number): number {
  if (bytes <= 128) return Math.max(16, Math.ceil(bytes / 16) * 16);
  const step = 2 ** (Math.ceil(Math.log2(bytes)) - 3);
  return Math.ceil(bytes / step) * step;
}

export function bytesPerSession(payload: number, layout: Layout, version: RedisVersion): number {
  return sizeClass(payload + SDS) + FIXED[version][layout];
}

export interface SizingInput {
  readonly perSecond: number;
  readonly timeoutMinutes: number;
  readonly payload: number;
  readonly layout: Layout;
  readonly version: RedisVersion;
  /** Resident bytes per used byte: mem_fragmentation_ratio. */
  readonly fragmentation: number;
  /** Part of the data set that changes while a snapshot is written, 0 to 1. */
  readonly copied: number;
}

export interface Sizing { readonly sessions: number; readonly each: number; readonly data: number; readonly maxmemory: number; readonly machine: number }

/** Share of maxmemory at which an alert should come, so that there is time. */
export const ALERT_AT = 0.75;
const SERVER = 64 << 20;

export function size(input: SizingInput): Sizing {
  const sessions = Math.ceil(input.perSecond * input.timeoutMinutes * 60);
  const each = bytesPerSession(input.payload, input.layout, input.version);
  const data = sessions * each;
  const maxmemory = data / ALERT_AT;
  return { sessions, each, data, maxmemory, machine: maxmemory * input.fragmentation + maxmemory * input.copied + SERVER };
}
