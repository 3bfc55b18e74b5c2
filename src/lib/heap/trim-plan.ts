import type { Address } from '../bytes/index.ts';
import { PAGE, regionAt } from '../container/index.ts';
import type { Dump } from '../container/index.ts';
import { fileName } from '../runtime/index.ts';
import type { Clr } from './clr.ts';

const MEM_PRIVATE = 0x20000;
const MEM_IMAGE = 0x1000000;
/** The .NET host: MIT like the runtime, but in a directory of its own. */
const HOST = /^(lib)?host(fxr|policy)\.(dll|so)$|^dotnet(\.exe)?$/i;

/** Which memory a trimmed dump keeps, and why the rest may go. */
export interface TrimPlan {
  keeps(page: Address): boolean;
  /** Sentences for the comment inside the dump. */
  readonly notes: readonly string[];
}

/**
 * Keeps what commands can reach: the process's private memory, and of images and other mappings only those of the .NET
 * runtime and the application, there only what a recorded run touched, plus all metadata. `lean` keeps only the
 * managed heap and what the run touched, `commands` what it touched and nothing else.
 */
export function planTrim(dump: Dump, clr: Clr, touched: ReadonlySet<Address>, keep: 'reachable' | 'lean' | 'commands' = 'reachable'): TrimPlan {
  const lean = keep !== 'reachable';
  const { regions } = dump;
  const foreign = foreignModules(dump, clr);
  const tables = managedTables(clr);
  const read = new Set<Address>();
  for (const page of touched) {
    const region = regionAt(regions, page);
    if (region) read.add(region.allocationBase);
  }
  // Headers of Linux libraries tell their sizes; they are tables, not code.
  const headers = new Set(dump.os === 'linux' ? dump.modules.map((m) => m.base) : []);
  const isForeign = (page: Address) => !headers.has(page) && foreign.some((m) => page >= m.start && page < m.end && (m.always || regionAt(regions, page)?.type === MEM_IMAGE));
  return {
    keeps(page) {
      if (isForeign(page)) return false;
      if (touched.has(page) || (!lean && tables.has(page))) return true;
      if (keep === 'commands') return false;
      if (lean) return clr.segments.some((s) => page + PAGE > s.start && page < s.end);
      const region = regionAt(regions, page);
      if (!region) return false;
      // Allocations nobody reads anything of (heaps of system libraries, mostly) are not worth their bytes.
      return region.type === MEM_PRIVATE && read.has(region.allocationBase);
    },
    notes: [
      'Trimmed by DumpLab for teaching. Kept: private memory of the process, its stacks and heaps, and of the .NET runtime and the application what the analyzer reads.',
      `Dropped: images of the operating system (${foreign.length} modules), unread pages of other images, pages that hold only zeros, the environment block.`,
    ],
  };
}

interface Foreign { readonly start: Address; readonly end: Address; readonly always: boolean }

/** Modules that are neither .NET's nor the application's: system libraries, which are not ours to publish. */
function foreignModules(dump: Dump, clr: Clr): Foreign[] {
  const own = new Set([directory(clr.target.runtime.module.path), ...clr.modules.list().map((m) => directory(m.path))].filter(Boolean));
  return dump.modules
    .filter((m) => !own.has(directory(m.path)) && !HOST.test(fileName(m.path)))
    // On Linux a module's span may hold memory of others between its mappings: there the region decides.
    .map((m) => ({ start: m.base, end: m.base + m.size, always: dump.os === 'windows' }));
}

function directory(path: string): string {
  return path.slice(0, path.length - fileName(path).length).toLowerCase();
}

/** Pages of headers and metadata of every managed image. */
function managedTables(clr: Clr): Set<Address> {
  const pages = new Set<Address>();
  const add = (start: Address, size: number) => {
    for (let at = start - (start % PAGE); at < start + size; at += PAGE) pages.add(at);
  };
  for (const module of clr.modules.list()) {
    if (!module.metadata || !module.image) continue;
    add(module.base, PAGE);
    add(module.metadata.address, module.metadata.size);
  }
  return pages;
}
