export const POLICIES = ['noeviction', 'volatile-lru', 'volatile-lfu', 'volatile-ttl', 'volatile-random', 'allkeys-lru', 'allkeys-lfu', 'allkeys-random'] as const;
export type Policy = (typeof POLICIES)[number];

export interface Workload {
  /** Keys that fit. */
  readonly capacity: number;
  /** Cache entries without expiry that are in memory from the start and are read again and again. */
  readonly cached: number;
  /** Sessions created, one a step. */
  readonly sessions: number;
  /** Steps a session lives after its last use. */
  readonly lifetime: number;
  /** Sessions carry an expiry. */
  readonly expiry: boolean;
}

export interface Outcome {
  readonly policy: Policy;
  /** Writes refused with OOM. */
  readonly refused: number;
  readonly firstRefused: number | undefined;
  /** Sessions evicted while somebody still used them: users who were logged out. */
  readonly loggedOut: number;
  readonly cacheEvicted: number;
  readonly left: number;
}

interface Entry { readonly session: boolean; expires: number; used: number; hits: number; readonly order: number }

/** A small generator with a fixed seed: the same workload gives the same outcome on every machine. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

/**
 * Plays a session store of equal-sized keys under one policy. Redis samples a few keys (maxmemory-samples 5) where this
 * looks at all of them; the counts differ a little, refusals do not: they depend on whether anything may be evicted.
 */
export function simulate(policy: Policy, w: Workload): Outcome {
  const next = random(42);
  const entries = new Map<number, Entry>();
  for (let i = 0; i < Math.min(w.cached, w.capacity); i++) entries.set(-1 - i, { session: false, expires: Infinity, used: 0, hits: 5, order: i });
  let refused = 0;
  let firstRefused: number | undefined;
  let loggedOut = 0;
  let cacheEvicted = 0;
  for (let step = 1; step <= w.sessions; step++) {
    if (w.expiry) for (const [key, e] of entries) if (e.expires <= step) entries.delete(key);
    // Readers: every tenth session that is alive, and some of the cache.
    for (let i = 0; i < 3; i++) {
      const key = next() < 0.5 && w.cached > 0 ? -1 - Math.floor(next() * w.cached) : Math.max(1, step - Math.floor(next() * w.lifetime));
      const entry = entries.get(key);
      if (!entry) continue;
      entry.used = step;
      entry.hits++;
      if (entry.session && w.expiry) entry.expires = step + w.lifetime;
    }
    if (entries.size >= w.capacity) {
      const victim = choose(policy, entries, next);
      if (victim === undefined) {
        refused++;
        firstRefused ??= step;
        continue;
      }
      const gone = entries.get(victim);
      entries.delete(victim);
      if (gone?.session) loggedOut++;
      else cacheEvicted++;
    }
    entries.set(step, { session: true, expires: w.expiry ? step + w.lifetime : Infinity, used: step, hits: 1, order: step });
  }
  return { policy, refused, firstRefused, loggedOut, cacheEvicted, left: entries.size };
}

function choose(policy: Policy, entries: ReadonlyMap<number, Entry>, next: () => number): number | undefined {
  if (policy === 'noeviction') return undefined;
  const candidates = [...entries].filter(([, e]) => !policy.startsWith('volatile') || e.expires !== Infinity);
  if (candidates.length === 0) return undefined;
  if (policy.endsWith('random')) return candidates[Math.floor(next() * candidates.length)][0];
  const rank = policy.endsWith('lru') ? (e: Entry) => e.used : policy.endsWith('lfu') ? (e: Entry) => e.hits : (e: Entry) => e.expires;
  return candidates.reduce((best, candidate) => {
    const difference = rank(candidate[1]) - rank(best[1]);
    return difference < 0 || (difference === 0 && candidate[1].order < best[1].order) ? candidate : best;
  })[0];
}
