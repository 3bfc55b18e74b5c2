import type { Lang } from '../lib/bytes/index.ts';

/** `offline.json` of a built site: what each page needs without a network. Paths are relative to the site's root. */
export interface OfflineManifest {
  /** Changes with any file of the site. */
  readonly version: string;
  /** `[path, bytes]`; hashed names and pack addresses never change their content, pages do. */
  readonly files: readonly (readonly [path: string, bytes: number])[];
  readonly pages: Readonly<Record<string, OfflinePage>>;
  /** Pages of guide, knowledge base, course and reference. */
  readonly course: readonly string[];
}

/** A page in both languages, with what it loads at once and what its terminals load later. `files` are indexes. */
export interface OfflinePage { readonly title: Readonly<Record<Lang, string>>; readonly version: string; readonly files: readonly number[] }

/** What a device has of a page. */
export interface SavedPage { readonly title: Readonly<Record<Lang, string>>; readonly version: string; readonly files: readonly (readonly [path: string, bytes: number])[] }
export type Registry = Readonly<Record<string, SavedPage>>;

/** The search index is saved and listed like a page. */
export const SEARCH = 'search';

/** Content of these never changes under its address. */
export const isImmutable = (path: string): boolean => path.startsWith('_astro/') || path.includes('?v=');

/** Bytes of all saved pages; a file that several need counts once. */
export function totalBytes(pages: readonly SavedPage[]): number {
  const files = new Map(pages.flatMap((page) => page.files));
  return [...files.values()].reduce((sum, bytes) => sum + bytes, 0);
}

/** Of a page: what is its own, and would go with it. */
export function ownBytes(registry: Registry, id: string): number {
  const others = new Set(Object.entries(registry).flatMap(([other, page]) => (other === id ? [] : page.files.map(([path]) => path))));
  return (registry[id]?.files ?? []).reduce((sum, [path, bytes]) => (others.has(path) ? sum : sum + bytes), 0);
}

/** 4.1 MB, 340 KB: as people read it. */
export function sizeText(bytes: number): string {
  return bytes >= 999_500 ? `${(bytes / 1e6).toFixed(bytes >= 99.5e6 ? 0 : 1)} MB` : `${Math.max(1, Math.round(bytes / 1000))} KB`;
}

/** Reads a registry that anybody may have written. */
export function readRegistryText(text: string): Registry {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return {};
  }
  if (typeof value !== 'object' || value === null) return {};
  const good = (page: unknown): page is SavedPage => {
    const { title, version, files } = (page ?? {}) as Partial<SavedPage>;
    return typeof title?.en === 'string' && typeof title['zh-tw'] === 'string' && typeof version === 'string' && Array.isArray(files)
      && files.every((f) => Array.isArray(f) && typeof f[0] === 'string' && typeof f[1] === 'number');
  };
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, SavedPage] => good(entry[1])));
}
