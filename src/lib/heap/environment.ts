import type { Address } from '../bytes/index.ts';
import { isDumpError } from '../bytes/index.ts';
import type { Dump } from '../container/index.ts';
import type { AddressSpace } from '../memory/index.ts';

/** Ways from TEB to PEB to RTL_USER_PROCESS_PARAMETERS to its environment, by pointer size (winternl.h and public symbols). */
const OFFSETS = { 4: { peb: 0x30, parameters: 0x10, environment: 0x48 }, 8: { peb: 0x60, parameters: 0x20, environment: 0x80 } } as const;
const MAX_ENVIRONMENT = 1 << 16;
const MIN_STRING = 6;

/** A stretch of memory to be overwritten with zeros. */
export interface Scrub { readonly address: Address; readonly size: number }

/** Where the environment block lies, and the strings in it (to find copies elsewhere). */
export function findEnvironment(dump: Dump, memory: AddressSpace): { blocks: Scrub[]; strings: string[] } {
  try {
    return dump.os === 'windows' ? windowsEnvironment(dump, memory) : linuxEnvironment(dump, memory);
  } catch (error) {
    if (isDumpError(error)) return { blocks: [], strings: [] };
    throw error;
  }
}

function windowsEnvironment(dump: Dump, memory: AddressSpace): { blocks: Scrub[]; strings: string[] } {
  const offsets = OFFSETS[memory.pointerSize];
  const peb = memory.pointer(dump.threads[0].teb + offsets.peb);
  const start = memory.pointer(memory.pointer(peb + offsets.parameters) + offsets.environment);
  const bytes = memory.readUpTo(start, MAX_ENVIRONMENT);
  let end = 0;
  while (end + 3 < bytes.length && (bytes[end] | bytes[end + 1] | bytes[end + 2] | bytes[end + 3]) !== 0) end += 2;
  const strings = new TextDecoder('utf-16le').decode(bytes.subarray(0, end)).split('\0').filter((s) => s.length >= MIN_STRING);
  return { blocks: [{ address: start, size: end }], strings };
}

/** The strings below the program's own name at the top of the main stack: argv, then the environment (ld.so's layout). */
function linuxEnvironment(dump: Dump, memory: AddressSpace): { blocks: Scrub[]; strings: string[] } {
  const main = dump.threads[0];
  const stack = [...dump.regions].filter((r) => r.address <= Number(main.registers['rsp'])).sort((a, b) => b.address - a.address)[0];
  const end = stack.address + stack.size;
  const from = Math.max(stack.address, end - MAX_ENVIRONMENT);
  const bytes = memory.read(from, end - from);
  const blocks: Scrub[] = [];
  const strings: string[] = [];
  let at = 0;
  for (const text of new TextDecoder('latin1').decode(bytes).split('\0')) {
    if (text.length >= MIN_STRING && /^[A-Za-z_][\w.]*=[\x20-\x7e]*$/.test(text)) {
      blocks.push({ address: from + at, size: text.length });
      strings.push(text);
    }
    at += text.length + 1;
  }
  return { blocks, strings };
}
