import type { Architecture } from '../container/index.ts';
import type { CodeInfo } from './code.ts';
import { isFunclet } from './funclets.ts';
import { readX86GcInfo, unwindX86 } from './gc-info-x86/index.ts';
import type { Target } from './target.ts';
import { unwindFrame } from './unwind.ts';
import type { FrameContext } from './unwind.ts';

/** How each architecture undoes compiled code: x64 by its UNWIND_INFO, x86 by its GC info. False when the code does not say how. */
const UNWINDERS: Partial<Record<Architecture, (target: Target, code: CodeInfo, context: FrameContext) => boolean>> = {
  x64(target, code, context) {
    if (!code.unwind) return false;
    unwindFrame(target.memory, code.imageBase, code.unwind, context);
    return true;
  },
  x86(target, code, context) {
    unwindX86(target.memory, { info: readX86GcInfo(target, code), start: code.start, funclet: isFunclet(code) }, context);
    return true;
  },
};

/** Undoes one frame of managed code: registers become those of the caller. Throws ReadError and FormatError where its description cannot be read. */
export function unwindManaged(target: Target, code: CodeInfo, context: FrameContext): boolean {
  return UNWINDERS[target.dump.architecture]?.(target, code, context) ?? false;
}
