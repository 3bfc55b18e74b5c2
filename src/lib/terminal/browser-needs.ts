import disassemblerUrl from 'iced-x86/iced_x86_bg.wasm?url';
import { createDisassembler } from '../asm/index.ts';
import type { LoadNeed } from './host.ts';

/** Loads what commands need from our own origin, when the first one needs it; `traffic` is told the bytes that came. */
export function browserLoader(traffic: (bytes: number) => void): LoadNeed {
  const loaders = {
    async disassembler() {
      const response = await fetch(disassemblerUrl);
      if (!response.ok) throw new Error(`${disassemblerUrl}: ${response.status}`);
      const bytes = await response.arrayBuffer();
      traffic(bytes.byteLength);
      return createDisassembler(await WebAssembly.compile(bytes));
    },
  };
  return (need) => loaders[need]();
}
