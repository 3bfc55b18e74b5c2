import type { Address } from '../../bytes/index.ts';
import type { Dump } from '../../container/index.ts';
import { ElfImage, PeImage } from '../../image/index.ts';
import type { CommandContext } from '../context.ts';
import { registerValue } from './registers.ts';
import { currentRegisters } from './scope.ts';
import { namedFrames } from './stack-frames.ts';

/** Set by `r`; zero until then. */
const USER = /^\$t(1?[0-9])$/;
/** Address of the program's headers (elf.h). */
const AT_PHDR = 3;
/** PEB behind the TEB, per pointer size (winternl.h). */
const TEB_PEB = { 4: 0x30, 8: 0x60 } as const;

export const isUserRegister = (name: string) => USER.test(name);

/** Values the debugger keeps under a name with a dollar; undefined when there is none of that name or the dump has no such thing. */
export function pseudoRegister(context: CommandContext, name: string): bigint | undefined {
  const { dump, session } = context;
  if (USER.test(name)) return session.pseudoRegisters.get(name) ?? 0n;
  const thread = dump.threads[session.thread];
  const registers = currentRegisters(context);
  const register = (...names: readonly string[]) => names.map((n) => registers?.[n]).find((v) => v !== undefined);
  switch (name) {
    case '$ip': return register('rip', 'eip', 'pc');
    case '$csp': return register('rsp', 'esp', 'sp');
    case '$retreg': return register('rax', 'eax', 'x0', 'r0');
    case '$teb': return thread && BigInt(thread.teb);
    case '$thread': return thread && BigInt(thread.teb);
    case '$tid': return thread && BigInt(thread.id);
    case '$tpid': return dump.processId === undefined ? undefined : BigInt(dump.processId);
    case '$peb': case '$proc': return thread && dump.os === 'windows' ? BigInt(context.memory.pointer(thread.teb + TEB_PEB[dump.pointerSize])) : undefined;
    case '$ra': return returnAddress(context);
    case '$exentry': return entryPoint(context);
    case '$ptrsize': return BigInt(dump.pointerSize);
    case '$pagesize': return 0x1000n;
    case '$exr_code': return dump.exception && BigInt(dump.exception.code);
    case '$exr_numparams': return dump.exception && BigInt(dump.exception.parameters.length);
    case '$dbgtime': return dump.time === undefined ? undefined : BigInt(dump.time + 11_644_473_600) * 10_000_000n;
    default: {
      const parameter = /^\$exr_param(\d+)$/.exec(name);
      return parameter ? dump.exception?.parameters[Number(parameter[1])] : undefined;
    }
  }
}

/** Where the current function returns to. */
function returnAddress(context: CommandContext): bigint | undefined {
  for (const frame of namedFrames(context)) return BigInt(frame.returnAddress);
  return undefined;
}

/** Where the process's first executable starts. */
function entryPoint({ dump, memory }: CommandContext): bigint | undefined {
  const main = dump.os === 'windows' ? dump.modules.find((m) => /\.exe$/i.test(m.path)) : dump.modules.find((m) => m.base === executableBase(dump));
  if (!main) return undefined;
  const entry = dump.os === 'windows' ? PeImage.open(memory, main.base).entry : ElfImage.open(memory, main.base).entry;
  return entry === undefined ? undefined : BigInt(entry);
}

/** AT_PHDR lies behind the ELF header of the program. */
function executableBase(dump: Dump): Address | undefined {
  const headers = dump.auxv?.get(AT_PHDR);
  return headers === undefined ? undefined : dump.modules.find((m) => headers >= m.base && headers < m.base + m.size)?.base;
}

/** What `@name` means: a register, a part of one, or a pseudo-register; `bits` is how wide it is. */
export function registerOrPseudo(context: CommandContext, name: string): { readonly value: bigint; readonly bits: number } | undefined {
  if (name.startsWith('$')) {
    const value = pseudoRegister(context, name);
    return value === undefined ? undefined : { value: BigInt.asUintN(64, value), bits: isUserRegister(name) ? 64 : context.dump.pointerSize * 8 };
  }
  const registers = currentRegisters(context);
  return registers && registerValue(registers, name, context.dump.pointerSize);
}
