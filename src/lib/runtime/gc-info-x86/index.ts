export { has, Reg, stackSize } from './header.ts';
export type { X86GcInfo } from './header.ts';
export * from './pushed.ts';
export { readX86GcInfo } from './read.ts';
export { x86FrameSlots } from './slots.ts';
export { unwindX86 } from './unwind.ts';
