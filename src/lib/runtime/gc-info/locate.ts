import { ContractError } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import type { CodeInfo } from '../code.ts';
import type { Target } from '../target.ts';
import { decodeGcInfo } from './decode.ts';
import type { GcInfo } from './decode.ts';
import { gcInfoEncoding, jitGcInfoVersion, readyToRunGcInfoVersion } from './encoding.ts';

const CHAINED = 4;

/**
 * Where the GC info of a method is, and in which version. Jitted code: its code header says it. ReadyToRun: it follows the
 * unwind data of the method's main function: behind the personality routine that is always there on x64, behind the length of the
 * function on x86 (vm/codeman.cpp, GetUnwindDataBlob).
 */
export function locateGcInfo(target: Target, code: CodeInfo): { address: Address; version: number } {
  const { memory, layouts } = target;
  if (!code.readyToRun) return { address: code.gcInfo, version: layouts.tryGlobal('GCInfoVersion') ?? jitGcInfoVersion(target.major) };
  const { unwindData, header } = code.readyToRun;
  const version = readyToRunGcInfoVersion(memory.u16(header + 4), memory.u16(header + 6));
  if (target.dump.architecture === 'x86') return { address: code.imageBase + unwindData + 4, version };
  const unwind = code.imageBase + unwindData - (unwindData % 2);
  if ((memory.u8(unwind) >> 3) & CHAINED) throw new ContractError(`the unwind data at 0x${unwind.toString(16)} is chained: no GC info follows it`);
  const codes = memory.u8(unwind + 2);
  return { address: unwind + ((4 + 2 * codes + 4 + 3) & ~3), version };
}

/** GC info of the method that code belongs to; throws ContractError for versions we do not know, FormatError and ReadError for damaged or missing data. */
export function readGcInfo(target: Target, code: CodeInfo): GcInfo {
  if (target.dump.architecture === 'x86') {
    throw new ContractError('GC info of x86 has a form of its own, which is read for stacks and not listed', {
      en: 'clrstack and gcroot use it; the code itself is shown by !u.',
      'zh-tw': 'clrstack 與 gcroot 會使用它；程式碼本身請用 !u 檢視。',
    });
  }
  const { address, version } = locateGcInfo(target, code);
  const encoding = gcInfoEncoding(version);
  if (!address || !encoding) throw new ContractError(address ? `GC info of version ${version} is not known` : `the code at 0x${code.start.toString(16)} has no GC info`);
  const { memory } = target;
  return decodeGcInfo((offset) => memory.u8(address + offset), encoding);
}
