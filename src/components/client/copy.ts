import type { Lang } from '../../lib/bytes/index.ts';
import type { Converted, Flavor } from '../../lib/engine/index.ts';
import type { DumpClient } from '../../lib/terminal/client.ts';
import { STRINGS } from './strings.ts';

/** Commands with their forms for both debuggers, made when the page was built, or with a client that makes them. */
export interface OwnCommands { readonly commands: readonly string[]; readonly converted?: Partial<Record<Flavor, Converted>>; readonly client?: DumpClient | undefined }

/** False when the browser refuses (no permission, no secure context). */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Copies commands as the debugger takes them; gives what to tell the reader. */
export async function copyCommands({ commands, converted, client }: OwnCommands, flavor: Flavor, lang: Lang): Promise<string> {
  const result = converted?.[flavor] ?? (await client?.convert(commands, flavor)) ?? { commands, without: [] };
  if (!(await copyText(result.commands.join('\n')))) return STRINGS[lang].copyFailed;
  return result.without.length ? STRINGS[lang].without([...new Set(result.without)].slice(0, 4).join(lang === 'zh-tw' ? '、' : ', ')) : STRINGS[lang].copied;
}

/** Offers text as a file; it goes from this page to the reader's disk. */
export function saveText(pieces: readonly string[], name: string): void {
  saveBlob(new Blob([...pieces], { type: 'text/plain;charset=utf-8' }), name);
}

/** Offers a file for saving. */
export function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const anchor = Object.assign(document.createElement('a'), { href: url, download: name });
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
