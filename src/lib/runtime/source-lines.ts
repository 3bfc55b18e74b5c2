import { isDumpError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import type { PortablePdb, SymbolFiles } from '../image/index.ts';
import type { CodeManager } from './code.ts';
import { IlOffset, ilOffsetAt } from './debug-info/index.ts';
import type { DebugInfo, DebugInfos } from './debug-info/index.ts';
import type { Methods } from './methods.ts';
import { activeNativeCode } from './native-code.ts';
import type { Types } from './types.ts';

/** A place in source: path as the compiler knew it, line from 1. */
export interface SourceLine { readonly file: string; readonly line: number }

/** From machine code back to IL and to source lines, as SOS goes (SOS/Strike/util.cpp, ConvertNativeToIlOffset and GetLineByOffset). */
export class SourceLines {
  readonly #types: Types;
  readonly #methods: Methods;
  readonly #code: CodeManager;
  readonly #debugInfos: DebugInfos;
  readonly #symbols: SymbolFiles;

  constructor(types: Types, methods: Methods, code: CodeManager, debugInfos: DebugInfos, symbols: SymbolFiles) {
    this.#types = types;
    this.#methods = methods;
    this.#code = code;
    this.#debugInfos = debugInfos;
    this.#symbols = symbols;
  }

  /**
   * IL offset of an instruction; `afterCall`: the address is a return address, and the call before it is meant. undefined for
   * code without IL (stubs, code the compiler made) and code that is not compiled.
   */
  ilOffset(ip: Address, afterCall: boolean): number | undefined {
    const code = this.#code.find(ip);
    const method = code && this.#methods.find(code.methodDesc);
    if (!method) return undefined;
    // SOS takes the method's present code for its start: in another version of it the address is as good as any.
    const start = activeNativeCode(this.#types.target, method, this.#code) ?? code.start;
    const info = this.#debugInfos.of(code);
    if (!info) return undefined;
    const offset = ip - (afterCall && ip > start ? 1 : 0) - code.start;
    const il = ilOffsetAt(info, offset) ?? 0;
    if (il === IlOffset.NoMapping) return undefined;
    if (il === IlOffset.Prolog) return 0;
    return il === IlOffset.Epilog ? lastIlOffset(info) : il;
  }

  /** Source line of an instruction; undefined when the module's PDB is not at hand or says nothing of it. */
  of(ip: Address, afterCall: boolean): SourceLine | undefined {
    return this.#ask(ip, afterCall, (pdb, methodDef, il) => pdb.lineAt(methodDef, il));
  }

  /** Names of the locals that are visible at an instruction, by slot; empty without the module's PDB. */
  localNames(ip: Address, afterCall: boolean): ReadonlyMap<number, string> {
    return this.#ask(ip, afterCall, (pdb, methodDef, il) => pdb.localNames(methodDef, il)) ?? new Map<number, string>();
  }

  #ask<T>(ip: Address, afterCall: boolean, question: (pdb: PortablePdb, methodDef: number, il: number) => T): T | undefined {
    const code = this.#code.find(ip);
    const method = code && this.#methods.find(code.methodDesc);
    const module = method?.token ? this.#types.moduleOf(method.methodTable) : undefined;
    if (!method || !module?.base) return undefined;
    try {
      const { pdb } = this.#symbols.of(this.#types.target.memory, module.base);
      const il = pdb && this.ilOffset(ip, afterCall);
      return pdb && il !== undefined ? question(pdb, method.token & 0xffffff, il) : undefined;
    } catch (error) {
      if (!isDumpError(error)) throw error;
      return undefined;
    }
  }
}

function lastIlOffset({ bounds }: DebugInfo): number {
  return bounds.reduce((last, { il }) => Math.max(last, il), 0);
}
