import type { Fact } from '../lib/output/index.ts';
import { digestOf } from './certificate.ts';
import type { Certificate, Claim } from './certificate.ts';
import { EXERCISES } from './exercises.ts';
import { accepts, matches } from './judge.ts';

/** The dumps at hand, and an engine to run commands on them: Node's or a browser's. */
export interface Bench {
  /** sha256 of the dump here, hex; `undefined` when it is not here. */
  sha256(dump: string): Promise<string | undefined>;
  /** Runs the commands in a fresh session; gives what they found. */
  run(dump: string, commands: readonly string[]): Promise<readonly Fact[]>;
}

export type Verdict = 'found-again' | 'right' | 'not-found' | 'wrong' | 'unknown-exercise' | 'other-dump' | 'no-dump';
export const GOOD: readonly Verdict[] = ['found-again', 'right'];

export interface Checked { readonly claim: Claim; readonly verdict: Verdict }
export interface Verification {
  /** The file says what it said when it was written. */
  readonly whole: boolean;
  readonly checked: readonly Checked[];
}

/** Checks every claim again: typed answers by the judge, evidence by running its commands on the same dump. */
export async function verify(certificate: Certificate, bench: Bench, told?: (done: number, total: number) => void): Promise<Verification> {
  const whole = certificate.digest === (await digestOf(certificate));
  const checked: Checked[] = [];
  for (const claim of certificate.exercises) {
    checked.push({ claim, verdict: await check(claim, certificate, bench) });
    told?.(checked.length, certificate.exercises.length);
  }
  return { whole, checked };
}

async function check(claim: Claim, certificate: Certificate, bench: Bench): Promise<Verdict> {
  const exercise = Object.hasOwn(EXERCISES, claim.id) ? EXERCISES[claim.id] : undefined;
  if (!exercise) return 'unknown-exercise';
  if (claim.how === 'answer') return accepts(claim.answer ?? '', exercise.accept) ? 'right' : 'wrong';
  const here = await bench.sha256(exercise.dump);
  if (here === undefined) return 'no-dump';
  if (here !== certificate.dumps[exercise.dump]) return 'other-dump';
  const commands = claim.commands ?? [];
  // The last command found it; only if that needs what came before (a chosen thread, a variable) everything runs again.
  for (const list of [commands.slice(-1), commands]) {
    if ((await bench.run(exercise.dump, list)).some((fact) => matches(fact, exercise))) return 'found-again';
  }
  return 'not-found';
}
