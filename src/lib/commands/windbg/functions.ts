import { isDumpError } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { readGcInfo, readX86GcInfo } from '../../runtime/index.ts';
import type { CodeInfo } from '../../runtime/index.ts';
import type { CommandContext } from '../context.ts';
import { managedCode } from './symbol-name.ts';

/** A function: its start and, where it is known, the first byte behind it. */
export interface CodeRange { readonly start: Address; readonly end: Address | undefined }

/** Bytes of code of a compiled method, its handlers included; throws a dump error when its GC info is not there. */
export function codeSize(context: CommandContext, code: CodeInfo): number {
  const { target } = context.clr;
  return context.dump.architecture === 'x86' ? readX86GcInfo(target, code).codeLength : readGcInfo(target, code).codeLength;
}

/** The function an address lies in: a managed method, or what an x64 image says for unwinding. */
export function functionAt(context: CommandContext, address: Address): CodeRange | undefined {
  try {
    const code = managedCode(context, address);
    if (code) return { start: code.start, end: sizeOrNothing(context, code) };
    const start = context.symbols.functionStart(address);
    return start === undefined ? undefined : { start, end: undefined };
  } catch (error) {
    if (!isDumpError(error)) throw error;
    return undefined;
  }
}

function sizeOrNothing(context: CommandContext, code: CodeInfo): Address | undefined {
  try {
    return code.start + codeSize(context, code);
  } catch (error) {
    if (!isDumpError(error)) throw error;
    return undefined;
  }
}
