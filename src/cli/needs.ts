import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createDisassembler } from '../lib/asm/index.ts';
import type { Disassembler } from '../lib/asm/index.ts';
import type { Capabilities } from '../lib/commands/index.ts';

let disassembler: Disassembler | undefined;

/** What commands need, for Node: read from the installed package when a command first looks. */
export const nodeCapabilities: Capabilities = {
  get disassembler() {
    disassembler ??= createDisassembler(new WebAssembly.Module(readFileSync(createRequire(import.meta.url).resolve('iced-x86/iced_x86_bg.wasm'))));
    return disassembler;
  },
};
