import { line, message } from '../../output/index.ts';
import type { OutputNode } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { ArgumentError } from '../parse.ts';
import { setAlias } from './aliases.ts';
import { contextLines, guestLines } from './exception-record.ts';
import { evaluate } from './expression.ts';
import { isUserRegister, registerOrPseudo } from './pseudo-registers.ts';
import { currentRegisters } from './scope.ts';

/** `r`, `r rax`, `r rax, rcx`, `r $t0 = expression`, `r? $t0 = C++ expression`, `r $.u0 = text`. */
export const r: CommandDef = {
  name: 'r',
  host: 'windbg',
  group: 'threads',
  summary: { en: 'Registers of the current thread; sets pseudo-registers: r $t0 = expression.', 'zh-tw': '目前執行緒的暫存器；設定虛擬暫存器：r $t0 = 運算式。' },
  details: {
    en: '$t0 to $t19 hold numbers for scripts; other commands read them as @$t0. r $.u0 = text sets the fixed-name alias $u0. $ip, $csp, $retreg, $teb, $peb, $tid, $tpid and $exr_code are read from the dump.',
    'zh-tw': '$t0 到 $t19 可存放指令碼用的數值，其他指令以 @$t0 讀取。r $.u0 = 文字 設定固定名稱別名 $u0。$ip、$csp、$retreg、$teb、$peb、$tid、$tpid、$exr_code 讀自傾印。',
  },
  args: [{ name: 'register', kind: 'rest', optional: true, help: { en: 'A register or several, or an assignment.', 'zh-tw': '一個或多個暫存器，或指定值。' } }],
  examples: ['r', 'r rip, eax', 'r $t0 = poi(@rsp); r $t0'],
  *run(context, args) {
    const registers = currentRegisters(context);
    if (!args.raw) {
      if (registers && Object.keys(registers).length > 0) yield* contextLines(context, registers);
      else yield line('Unable to get thread context, NTSTATUS 0xC000000D');
      yield* guestLines(context);
      return;
    }
    const mask = /^m\s+(.+)$/is.exec(args.raw);
    if (mask) {
      yield* masked(context, Number(evaluate(context, mask[1])));
      return;
    }
    const set = /^(\?)?\s*@?(\$?\.?[\w$]+)\s*=\s*(.*)$/s.exec(args.raw);
    if (set) yield* assign(context, set[2].toLowerCase(), set[3], set[1] === '?');
    else for (const word of args.raw.replace(/^\?\s*/, '').split(/[\s,]+/).filter(Boolean)) yield show(context, word);
  },
};

/** Bits of `rM`: what a line of registers shows. Others (floating point, vector, debug registers) are not read here. */
const Mask = { Integer: 1 | 2, Segments: 8 } as const;
const SEGMENTS = ['cs', 'ss', 'ds', 'es', 'fs', 'gs'];

function* masked(context: CommandContext, mask: number): Generator<OutputNode> {
  const registers = currentRegisters(context) ?? {};
  if (mask & Mask.Integer) yield* contextLines(context, registers);
  else if (mask & Mask.Segments) yield line(SEGMENTS.map((name) => `${name}=${(registers[name] ?? 0n).toString(16).padStart(4, '0')}`).join('  '));
  if (mask & ~(Mask.Integer | Mask.Segments)) yield message('dim', { en: 'Of the mask only 1 and 2 (integer) and 8 (segments) are read from the dump.', 'zh-tw': '遮罩只支援 1、2（整數）與 8（區段）的暫存器。' });
}

function show(context: CommandContext, word: string): OutputNode {
  const name = word.replace(/^@/, '').toLowerCase();
  const found = registerOrPseudo(context, name);
  if (!found) throw new ArgumentError(`Bad register error at '${word}'`);
  return line(`${name}=${found.value.toString(16).padStart(found.bits / 4, '0')}`);
}

function* assign(context: CommandContext, name: string, text: string, typed: boolean): Generator<OutputNode> {
  if (/^\$\.?u[0-9]$/.test(name)) setAlias(context, name.replace('.', ''), text.replace(/^"([^"]*)"$/, '$1'));
  else if (isUserRegister(name)) context.session.pseudoRegisters.set(name, evaluate(context, text, typed ? 'c++' : 'masm'));
  else if (registerOrPseudo(context, name)) {
    yield line('Unable to set register, Win32 error 0n87');
    yield message('dim', { en: 'Registers of a dump cannot be changed; keep values in $t0 to $t19.', 'zh-tw': '傾印的暫存器不能變更；請把數值放在 $t0 到 $t19。' });
  } else throw new ArgumentError(`Bad register error at '${name}'`);
}
