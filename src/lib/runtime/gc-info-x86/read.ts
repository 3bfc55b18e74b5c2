import { ContractError } from '../../bytes/index.ts';
import type { CodeInfo } from '../code.ts';
import { locateGcInfo } from '../gc-info/locate.ts';
import type { Target } from '../target.ts';
import { decodeX86GcInfo } from './header.ts';
import type { X86GcInfo } from './header.ts';

const known = new WeakMap<CodeInfo, X86GcInfo>();

/** GC info of the method that x86 code belongs to; throws ContractError when there is none, FormatError and ReadError for damaged or missing data. */
export function readX86GcInfo(target: Target, code: CodeInfo): X86GcInfo {
  let info = known.get(code);
  if (!info) {
    const { address, version } = locateGcInfo(target, code);
    if (!address) throw new ContractError(`the code at 0x${code.start.toString(16)} has no GC info`);
    known.set(code, (info = decodeX86GcInfo((offset) => target.memory.u8(address + offset), version)));
  }
  return info;
}
