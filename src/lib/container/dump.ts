import type { Address, ByteSource } from '../bytes/index.ts';

export type Architecture = 'x64' | 'x86' | 'arm64' | 'arm';
export type OperatingSystem = 'windows' | 'linux';

/** Bytes of the target's memory that are in the file. */
export interface MemoryRange { readonly address: Address; readonly size: number; readonly offset: number }

/** What the operating system said about a piece of the address space (MemoryInfoList, or a PT_LOAD's flags). */
export interface MemoryRegion {
  readonly address: Address;
  readonly size: number;
  readonly allocationBase: Address;
  /** MEM_COMMIT 0x1000, MEM_RESERVE 0x2000, MEM_FREE 0x10000. */
  readonly state: number;
  /** PAGE_* bits. */
  readonly protection: number;
  /** PAGE_* bits the region was allocated with, where the dump has them. */
  readonly allocationProtection?: number;
  /** MEM_PRIVATE 0x20000, MEM_MAPPED 0x40000, MEM_IMAGE 0x1000000. */
  readonly type: number;
  /** File mapped there, on Linux. */
  readonly file?: string;
}

export interface NativeModule {
  readonly base: Address;
  readonly size: number;
  readonly path: string;
  /** PE TimeDateStamp; 0 when unknown. */
  readonly timestamp: number;
  readonly checksum: number;
  /** `a.b.c.d` from VS_FIXEDFILEINFO; empty when unknown. */
  readonly version: string;
  readonly pdb?: { readonly path: string; readonly guid: string; readonly age: number };
  /** True for the dynamic linker of a Linux process. */
  readonly interpreter?: boolean;
}

/** General registers by lower-case name; values as stored. */
export type Registers = Readonly<Record<string, bigint>>;

export interface NativeThread {
  readonly id: number;
  readonly registers: Registers;
  readonly teb: Address;
  readonly stack: { readonly start: Address; readonly size: number };
  readonly name?: string;
  /** Signal that stopped the process, on Linux. */
  readonly signal?: number;
  /** Processor time in seconds, where the dump has it (ThreadInfoList, NT_PRSTATUS); `created` in seconds since 1970. */
  readonly times?: { readonly user: number; readonly kernel: number; readonly created?: number };
}

export interface ExceptionRecord {
  readonly threadId: number;
  readonly code: number;
  readonly flags: number;
  readonly address: Address;
  readonly parameters: readonly bigint[];
  readonly registers?: Registers;
}

/** A dump file understood as a container: no knowledge of .NET. */
export interface Dump {
  readonly format: 'minidump' | 'elf-core';
  readonly os: OperatingSystem;
  readonly architecture: Architecture;
  readonly pointerSize: 4 | 8;
  readonly source: ByteSource;
  /** Sorted by address, without overlaps. */
  readonly ranges: readonly MemoryRange[];
  /** Parts of the address space known to exist but not captured. */
  readonly missing: readonly { readonly address: Address; readonly size: number }[];
  /** Sorted by address. */
  readonly regions: readonly MemoryRegion[];
  readonly modules: readonly NativeModule[];
  readonly threads: readonly NativeThread[];
  readonly exception?: ExceptionRecord;
  readonly processId?: number;
  /** Seconds since 1970. */
  readonly time?: number;
  /** Minidump flags, or 0. */
  readonly flags: number;
  /** OS version as `major.minor.build`, or empty. */
  readonly osVersion: string;
  readonly processorCount?: number;
  readonly comment?: string;
  /** The auxiliary vector the kernel gave the process (AT_* of elf.h), on Linux. */
  readonly auxv?: ReadonlyMap<number, number>;
  /** Process times in seconds, where the dump has them (MiscInfo). */
  readonly times?: { readonly created: number; readonly user: number; readonly kernel: number };
  /** Things found wrong or missing while reading; shown to the user. */
  readonly warnings: readonly string[];
}
