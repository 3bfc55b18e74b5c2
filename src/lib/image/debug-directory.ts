import type { Address } from '../bytes/index.ts';
import { PeDirectory } from './pe.ts';
import type { PeImage } from './pe.ts';

const ENTRY = 28;
const MAX_ENTRIES = 64;
const Type = { CodeView: 2, EmbeddedPortablePdb: 17 } as const;
/** MinorVersion of a CodeView entry whose PDB is portable (PE/COFF, "Debug Type"; docs/specs/PE-COFF.md of dotnet/runtime). */
const PORTABLE = 0x504d;
const RSDS = 0x53445352;
const MAX_PATH = 4096;

/** The PDB an image asks for. A portable one is identified by GUID and stamp, a Windows one by GUID and age. */
export interface WantedPdb {
  /** Path on the machine that compiled the image. */
  readonly path: string;
  /** 32 digits, as symbol stores spell it. */
  readonly guid: string;
  readonly age: number;
  readonly stamp: number;
  readonly portable: boolean;
}

export interface DebugDirectory {
  readonly wanted: WantedPdb | undefined;
  /** A PDB inside the image, compressed; `size` in bytes as stored. */
  readonly embedded: { readonly address: Address; readonly size: number } | undefined;
}

/** What an image says of its symbols; throws ReadError when its pages are not in the dump. */
export function readDebugDirectory(image: PeImage): DebugDirectory {
  const { memory } = image;
  const directory = image.directory(PeDirectory.Debug);
  const table = directory && image.address(directory.rva);
  let wanted: WantedPdb | undefined;
  let embedded: DebugDirectory['embedded'];
  for (let i = 0; table !== undefined && i < Math.min(Math.floor((directory?.size ?? 0) / ENTRY), MAX_ENTRIES); i++) {
    const entry = table + ENTRY * i;
    const type = memory.u32(entry + 12);
    const size = memory.u32(entry + 16);
    const rva = memory.u32(entry + 20);
    const data = rva ? image.address(rva) : undefined;
    if (data === undefined) continue;
    if (type === Type.CodeView && size > 24 && !wanted && memory.u32(data) === RSDS) {
      wanted = {
        path: memory.utf8(data + 24, Math.min(size - 24, MAX_PATH)), guid: guidText(memory.read(data + 4, 16)), age: memory.u32(data + 20),
        stamp: memory.u32(entry + 4), portable: memory.u16(entry + 10) === PORTABLE,
      };
    } else if (type === Type.EmbeddedPortablePdb) embedded ??= { address: data, size };
  }
  return { wanted, embedded };
}

/** A GUID as symbol stores spell it, from its 16 bytes in memory. */
export function guidText(bytes: Uint8Array): string {
  const hex = (order: readonly number[]) => order.map((i) => bytes[i].toString(16).padStart(2, '0')).join('');
  return hex([3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]).toUpperCase();
}
