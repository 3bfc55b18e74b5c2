import { EXERCISES, exercisesOf } from './exercises.ts';
import type { Part } from './exercises.ts';

/** How one exercise was solved, as a certificate says it. */
export interface Claim {
  readonly id: string;
  readonly at: string;
  readonly hints: number;
  readonly how: 'evidence' | 'answer';
  readonly answer?: string;
  /** What the terminal ran until it found the evidence. */
  readonly commands?: readonly string[];
  readonly peeked?: true;
}

export interface DrillClaim { readonly started: string; readonly ended: string; readonly note: string }

/**
 * What somebody has solved, with all that is needed to do it again. A browser has no secret: the file is no signature of
 * anybody. It is evidence that everybody can check by running its commands on its dumps.
 */
export interface Certificate {
  readonly format: 'dumplab-certificate';
  readonly version: 1;
  readonly site: string;
  readonly name: string;
  readonly issued: string;
  /** sha256 of each dump the exercises are about, hex. */
  readonly dumps: Readonly<Record<string, string>>;
  readonly exercises: readonly Claim[];
  readonly drill?: DrillClaim;
  /** sha256 over everything else, as canonical JSON, hex: it tells a damaged file, not an honest one. */
  readonly digest: string;
}

export const MAX_CERTIFICATE = 2 << 20;
const MAX_COMMANDS = 120;
const MAX_TEXT = 1000;
const MAX_NOTE = 20_000;

/** JSON with sorted keys and no blanks: the same content has the same bytes. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  return `{${Object.entries(value).filter(([, v]) => v !== undefined).sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => `${JSON.stringify(k)}:${canonical(v)}`).join(',')}}`;
}

export async function digestOf(certificate: Omit<Certificate, 'digest'> & { readonly digest?: string }): Promise<string> {
  const { digest: _, ...rest } = certificate;
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(canonical(rest)));
  return [...new Uint8Array(hash)].map((b) => b.toString(16).padStart(2, '0')).join('');
}

export async function makeCertificate(content: Omit<Certificate, 'format' | 'version' | 'digest'>): Promise<Certificate> {
  const exercises = content.exercises.filter((c) => EXERCISES[c.id]).sort((a, b) => (a.id < b.id ? -1 : 1));
  const certificate = { format: 'dumplab-certificate', version: 1, ...content, exercises } as const;
  return { ...certificate, digest: await digestOf(certificate) };
}

/** Parts of which every exercise is there. */
export function completed(ids: ReadonlySet<string>): Part[] {
  return (['guide', 'kb', 1, 2, 3] as const).filter((part) => exercisesOf(part).every((id) => ids.has(id)));
}

const isText = (value: unknown, most = MAX_TEXT): value is string => typeof value === 'string' && value.length <= most;
const isDate = (value: unknown): value is string => isText(value, 40) && !Number.isNaN(Date.parse(value));
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads the file of a certificate, which anybody may have written. Throws an `Error` that says what is wrong. */
export function parseCertificate(text: string): Certificate {
  if (text.length > MAX_CERTIFICATE) throw new Error('the file is too large for a certificate');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('the file is not JSON');
  }
  if (!isRecord(value) || value['format'] !== 'dumplab-certificate') throw new Error('the file is not a DumpLab certificate');
  if (value['version'] !== 1) throw new Error(`certificate version ${String(value['version'])} is not known here`);
  const { site, name, issued, dumps, exercises, drill, digest } = value;
  if (!isText(site) || !isText(name) || !isDate(issued) || !isText(digest, 64)) throw new Error('site, name, issued or digest is missing or too long');
  if (!isRecord(dumps) || Object.keys(dumps).length > 100 || !Object.values(dumps).every((sha) => isText(sha, 64))) throw new Error('the list of dumps is damaged');
  if (!Array.isArray(exercises) || exercises.length > 1000) throw new Error('the list of exercises is damaged');
  exercises.forEach((claim, i) => {
    if (!isClaim(claim)) throw new Error(`exercise ${i + 1} of the list is damaged`);
  });
  if (new Set(exercises.map((c: Claim) => c.id)).size !== exercises.length) throw new Error('an exercise is listed twice');
  if (drill !== undefined && !(isRecord(drill) && isDate(drill['started']) && isDate(drill['ended']) && isText(drill['note'], MAX_NOTE))) throw new Error('the drill is damaged');
  return value as unknown as Certificate;
}

function isClaim(value: unknown): value is Claim {
  if (!isRecord(value)) return false;
  const { id, at, hints, how, answer, commands } = value;
  if (!isText(id, 100) || !isDate(at) || typeof hints !== 'number') return false;
  if (how === 'answer') return isText(answer);
  return how === 'evidence' && Array.isArray(commands) && commands.length > 0 && commands.length <= MAX_COMMANDS && commands.every((c) => isText(c));
}
