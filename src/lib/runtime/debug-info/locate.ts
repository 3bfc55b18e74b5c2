import { ContractError, isDumpError } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import type { CodeInfo } from '../code.ts';
import type { Target } from '../target.ts';
import { decodeDebugInfo } from './decode.ts';
import type { DebugInfo, DebugInfoEncoding } from './decode.ts';
import { decodeUnsigned, nativeArrayAt } from './native-array.ts';

/** READYTORUN_SECTION type of the debug info (inc/readytorun.h). */
const DEBUG_INFO_SECTION = 105;
const MAX_SECTIONS = 256;
/** ReadyToRun images of this version and later have packed bounds (inc/readytorun.h). */
const PACKED_IMAGES = 16;
/** The JIT's own by version: .NET 10 packs the bounds, and its PatchpointInfo names the code it belongs to (inc/patchpointinfo.h). */
const UP_TO_9: DebugInfoEncoding = { flagByte: true, patchpoint: { header: 32, locals: 8 }, packedBounds: false, chunks: false, lowestVariable: -4, stackUnit: 1 };
const OF_10: DebugInfoEncoding = { ...UP_TO_9, patchpoint: { header: 40, locals: 16 }, packedBounds: true };
/** Since .NET 11 images and jitted code have the same form. */
const SINCE_11: DebugInfoEncoding = { ...OF_10, flagByte: false, chunks: true, lowestVariable: -6 };
const ENCODINGS: Readonly<Record<number, DebugInfoEncoding>> = { 8: UP_TO_9, 9: UP_TO_9, 10: OF_10, 11: SINCE_11 };
const EMPTY: DebugInfo = { bounds: [], variables: [] };

/** Debug info of compiled methods, each decoded once. */
export class DebugInfos {
  readonly #target: Target;
  readonly #known = new Map<Address, DebugInfo | undefined>();

  constructor(target: Target) {
    this.#target = target;
  }

  /** Of the method that code belongs to; empty when it has none, undefined when it is damaged or not in the dump. */
  of(code: CodeInfo): DebugInfo | undefined {
    let info = this.#known.get(code.start);
    if (!info && !this.#known.has(code.start)) {
      try {
        info = readDebugInfo(this.#target, code);
      } catch (error) {
        if (!isDumpError(error)) throw error;
      }
      this.#known.set(code.start, info);
    }
    return info;
  }
}

/** Throws FormatError for damaged and ReadError for missing data, ContractError for a runtime whose format is not known. */
export function readDebugInfo(target: Target, code: CodeInfo): DebugInfo {
  const encoding = ENCODINGS[target.major];
  if (!encoding) throw new ContractError(`debug info of .NET ${target.major} is not known`);
  const found = code.readyToRun ? inImage(target, code, code.readyToRun, encoding) : inHeader(target, code, encoding);
  if (!found) return EMPTY;
  const { memory } = target;
  return decodeDebugInfo((offset) => memory.u8(found.address + offset), found.encoding);
}

function stackUnit({ memory }: Target): number {
  return memory.pointerSize === 4 ? 4 : 1;
}

type Found = { readonly address: Address; readonly encoding: DebugInfoEncoding } | undefined;

function inHeader(target: Target, code: CodeInfo, encoding: DebugInfoEncoding): Found {
  const address = target.memory.pointer(code.header + target.layouts.offset('RealCodeHeader', 'DebugInfo'));
  // The byte of flags came with on-stack replacement, which 32-bit code does not have.
  const flagByte = encoding.flagByte && target.memory.pointerSize === 8;
  return address ? { address, encoding: { ...encoding, flagByte, stackUnit: stackUnit(target) } } : undefined;
}

/** A sparse array by function; methods whose info is the same share it by a distance backwards (vm/readytoruninfo.cpp, GetDebugInfo). */
function inImage(target: Target, code: CodeInfo, { header, functionIndex }: NonNullable<CodeInfo['readyToRun']>, encoding: DebugInfoEncoding): Found {
  const { memory } = target;
  const count = Math.min(memory.u32(header + 12), MAX_SECTIONS);
  for (let at = header + 16; at < header + 16 + 12 * count; at += 12) {
    if (memory.u32(at) !== DEBUG_INFO_SECTION) continue;
    const byte = (rva: number) => memory.u8(code.imageBase + rva);
    const entry = nativeArrayAt(byte, memory.u32(at + 4), functionIndex);
    if (entry === undefined) return undefined;
    const { value: back, next } = decodeUnsigned(byte, entry);
    const packedBounds = encoding.chunks || memory.u16(header + 4) >= PACKED_IMAGES;
    return { address: code.imageBase + (back ? entry - back : next), encoding: { ...encoding, stackUnit: stackUnit(target), flagByte: false, packedBounds } };
  }
  return undefined;
}
