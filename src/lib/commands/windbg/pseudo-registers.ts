import type { CommandContext } from '../context.ts';
import { registerValue } from './registers.ts';

/** Set by `r`; zero until then. */
const USER = /^\$t(1?[0-9])$/;
/** PEB behind the TEB, per pointer size (winternl.h). */
const TEB_PEB = { 4: 0x30, 8: 0x60 } as const;

export const isUserRegister = (name: string) => USER.test(name);

/** Values the debugger keeps under a name with a dollar; undefined when there is none of that name or the dump has no such thing. */
export function pseudoRegister(context: CommandContext, name: string): bigint | undefined {
  const { dump, session } = context;
  if (USER.test(name)) return session.pseudoRegisters.get(name) ?? 0n;
  const thread = dump.threads[session.thread];
  const register = (...names: readonly string[]) => names.map((n) => thread?.registers[n]).find((v) => v !== undefined);
  switch (name) {
    case '$ip': return register('rip', 'eip', 'pc');
    case '$csp': return register('rsp', 'esp', 'sp');
    case '$retreg': return register('rax', 'eax', 'x0', 'r0');
    case '$teb': return thread && BigInt(thread.teb);
    case '$thread': return thread && BigInt(thread.teb);
    case '$tid': return thread && BigInt(thread.id);
    case '$tpid': return dump.processId === undefined ? undefined : BigInt(dump.processId);
    case '$peb': case '$proc': return thread && dump.os === 'windows' ? BigInt(context.memory.pointer(thread.teb + TEB_PEB[dump.pointerSize])) : undefined;
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

/** What `@name` means: a register, a part of one, or a pseudo-register; `bits` is how wide it is. */
export function registerOrPseudo(context: CommandContext, name: string): { readonly value: bigint; readonly bits: number } | undefined {
  if (name.startsWith('$')) {
    const value = pseudoRegister(context, name);
    return value === undefined ? undefined : { value: BigInt.asUintN(64, value), bits: isUserRegister(name) ? 64 : context.dump.pointerSize * 8 };
  }
  const registers = context.dump.threads[context.session.thread]?.registers;
  return registers && registerValue(registers, name, context.dump.pointerSize);
}
