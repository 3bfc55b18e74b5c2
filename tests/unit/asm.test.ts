import { describe, expect, test } from 'vitest';
import { nodeCapabilities } from '../../src/cli/needs.ts';
import type { Bitness, Syntax } from '../../src/lib/asm/index.ts';
import { random } from '../support/corrupt.ts';

const disassembler = nodeCapabilities.disassembler;
if (!disassembler) throw new Error('iced-x86 is not installed');

const bytesOf = (text: string) => Uint8Array.from(text.replaceAll(' ', '').match(/../g) ?? [], (byte) => parseInt(byte, 16));
const AT = 0x7ffe3c1a5c5a;

/** Instructions as text, branches and addresses as numbers. */
function text(bytes: string, syntax: Syntax, bitness: Bitness = 64): string {
  return [...disassembler!.decode(bytesOf(bytes), AT, bitness, syntax)].map((i) => `${i.mnemonic} ${i.operands.map((o) => (o.kind === 'branch' ? (o.value ?? 0).toString(16) : o.text)).join(',')}`.trim()).join('; ');
}

describe('WinDbg’s notation', () => {
  test.each([
    ['488bc4', 'mov rax,rsp'], ['48895c2408', 'mov qword ptr [rsp+8],rbx'], ['4881ece8000000', 'sub rsp,0E8h'], ['6a0a', 'push 0Ah'],
    ['488d6c2460', 'lea rbp,[rsp+60h]'], ['65488b042558000000', 'mov rax,qword ptr gs:[58h]'], ['83c8ff', 'or eax,0FFFFFFFFh'], ['4883c880', 'or rax,0FFFFFFFFFFFFFF80h'],
    ['0f1f440000', 'nop dword ptr [rax+rax]'], ['cc', 'int 3'], ['f348ab', 'rep stos qword ptr [rdi]'], ['f3a4', 'rep movs byte ptr [rdi],byte ptr [rsi]'],
    ['f20f1003', 'movsd xmm0,mmword ptr [rbx]'], ['f2480f2a03', 'cvtsi2sd xmm0,qword ptr [rbx]'], ['0f11442420', 'movups xmmword ptr [rsp+20h],xmm0'], ['f0480fb111', 'lock cmpxchg qword ptr [rcx],rdx'],
    ['48b9783f3a3cfe7f0000', 'mov rcx,7FFE3C3A3F78h'], ['e8c3ffffff', 'call 7ffe3c1a5c22'], ['740f', 'je 7ffe3c1a5c6b'],
  ])('%s is %s', (bytes, expected) => expect(text(bytes, 'windbg')).toBe(expected));
  test('32 and 16 bits', () => {
    expect(text('8bff 55 8bec', 'windbg', 32)).toBe('mov edi,edi; push ebp; mov ebp,esp');
    expect(text('648b0d2c000000 a1b4104504 8b4108', 'windbg', 32)).toBe('mov ecx,dword ptr fs:[0000002Ch]; mov eax,dword ptr ds:[044510B4h]; mov eax,dword ptr [ecx+8]');
    expect(text('89df', 'windbg', 16)).toBe('mov di,bx');
  });
});

describe('LLVM’s notation', () => {
  test.each([
    ['4881ece0020000', 'sub rsp,0x2e0'], ['48898538fdffff', 'mov qword ptr [rbp - 0x2c8],rax'], ['488d44d010', 'lea rax,[rax + 8*rdx + 0x10]'], ['ff1532609400', 'call qword ptr [rip + 0x946032]'],
    ['48b890fdffffffffffff', 'movabs rax,-0x270'], ['be00080000', 'mov esi,0x800'], ['83e0fd', 'and eax,-0x3'], ['c600ff', 'mov byte ptr [rax],-0x1'], ['beffffffff', 'mov esi,0xffffffff'],
    ['49d1e2', 'shl r10'], ['48c1e720', 'shl rdi,0x20'], ['6690', 'nop'], ['662e0f1f840000000000', 'nop word ptr cs:[rax + rax]'], ['f00fb111', 'lock; cmpxchg dword ptr [rcx],edx'], ['f3c3', 'rep ret'],
  ])('%s is %s', (bytes, expected) => expect(text(bytes, 'llvm')).toBe(expected));
});

test('what a number stands for is told beside the text', () => {
  const [call] = disassembler.decode(bytesOf('ff15bbd49500'), AT, 64, 'windbg');
  expect(call).toMatchObject({ flow: 'indirect call', operands: [{ kind: 'memory', value: AT + 6 + 0x95d4bb }] });
  const [load] = disassembler.decode(bytesOf('65488b042558000000'), AT, 64, 'windbg');
  expect(load.operands[1].value).toBeUndefined();
  const [constant] = disassembler.decode(bytesOf('48b9783f3a3cfe7f0000'), AT, 64, 'windbg');
  expect(constant.operands[1]).toMatchObject({ kind: 'immediate', value: 0x7ffe3c3a3f78 });
});

test('bytes of any kind are decoded to their end, in both notations, and leave no memory behind', () => {
  const next = random(7);
  for (const syntax of ['windbg', 'llvm'] as const) {
    for (const bitness of [16, 32, 64] as const) {
      const bytes = Uint8Array.from({ length: 20_000 }, () => Math.floor(next() * 256));
      let at = 0x1000;
      for (const instruction of disassembler.decode(bytes, 0x1000, bitness, syntax)) {
        expect(instruction.address).toBe(at);
        expect(instruction.bytes.length).toBeGreaterThan(0);
        expect(instruction.mnemonic).toMatch(/^[\x20-\x7e]+$/);
        at += instruction.bytes.length;
      }
      expect(at).toBe(0x1000 + bytes.length);
    }
  }
  // Decoders that are left in the middle are freed too.
  for (let i = 0; i < 20_000; i++) for (const instruction of disassembler.decode(new Uint8Array(4096), 0, 64, 'windbg')) if (instruction) break;
});

test('the first and the last address', () => {
  const [low] = disassembler.decode(bytesOf('ebfe'), 0, 64, 'windbg');
  expect(low.operands[0].value).toBe(0);
  expect([...disassembler.decode(new Uint8Array(0), 0, 64, 'windbg')]).toEqual([]);
});
