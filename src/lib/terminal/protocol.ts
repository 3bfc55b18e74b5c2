import type { Lang, LocalText } from '../bytes/index.ts';
import type { Converted, Flavor } from '../engine/index.ts';
import type { OutputNode } from '../output/index.ts';

/** Where the worker gets the dump from. */
export type DumpLocation =
  /** A sample packed for the web: URL of its `index.json`, same origin. */
  | { readonly kind: 'packed'; readonly url: string }
  /** A file the reader chose; it never leaves the browser. `runtime`: the process's coreclr.dll or libcoreclr.so, for heap dumps; `symbols`: PDBs. */
  | { readonly kind: 'file'; readonly file: File; readonly runtime?: File; readonly symbols?: readonly File[] };

/** Which debugger the terminal plays; the bitness decides which refusals a dump gets. */
export interface HostSetting { readonly debugger: 'windbg' | 'dotnet-dump'; readonly bitness: 32 | 64 | 'dump' }

/** To the worker. */
export type Request =
  | { readonly type: 'open'; readonly location: DumpLocation; readonly lang: Lang; readonly host: HostSetting }
  | { readonly type: 'run'; readonly id: number; readonly command: string }
  | { readonly type: 'cancel'; readonly id: number }
  | { readonly type: 'complete'; readonly id: number; readonly line: string; readonly cursor: number }
  | { readonly type: 'convert'; readonly id: number; readonly commands: readonly string[]; readonly flavor: Flavor }
  /** PDBs for the dump that is open. */
  | { readonly type: 'symbols'; readonly files: readonly File[] }
  | { readonly type: 'lang'; readonly lang: Lang };

/** From the worker. */
export type Reply =
  | { readonly type: 'opened'; readonly prompt: string; readonly banner: readonly OutputNode[]; readonly milliseconds: number }
  | { readonly type: 'failed'; readonly message: LocalText; readonly detail: string }
  | { readonly type: 'output'; readonly id: number; readonly nodes: readonly OutputNode[] }
  | { readonly type: 'progress'; readonly id: number; readonly done: number; readonly total: number; readonly label?: LocalText }
  | { readonly type: 'done'; readonly id: number; readonly status: 'ok' | 'error' | 'cancelled'; readonly prompt: string; readonly milliseconds: number }
  | { readonly type: 'completions'; readonly id: number; readonly from: number; readonly items: readonly string[] }
  | { readonly type: 'converted'; readonly id: number; readonly result: Converted }
  /** Bytes fetched so far from the site, for the reader on a metered connection. */
  | { readonly type: 'traffic'; readonly bytes: number };
