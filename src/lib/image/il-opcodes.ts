/** What follows an opcode: nothing, a number of 1, 2, 4 or 8 bytes, a branch, a token, a switch table (ECMA-335 III.1.9). */
export type OperandKind = 'none' | 'var8' | 'var16' | 'i8' | 'i32' | 'i64' | 'r4' | 'r8' | 'branch8' | 'branch32' | 'token' | 'switch';

export interface Opcode { readonly name: string; readonly operand: OperandKind }

/** One-byte opcodes in order from 0x00, "-" for unused ones, `name:operand` (ECMA-335 III, partition tables). */
const ONE_BYTE = `
nop break ldarg.0 ldarg.1 ldarg.2 ldarg.3 ldloc.0 ldloc.1 ldloc.2 ldloc.3 stloc.0 stloc.1 stloc.2 stloc.3 ldarg.s:var8 ldarga.s:var8
starg.s:var8 ldloc.s:var8 ldloca.s:var8 stloc.s:var8 ldnull ldc.i4.m1 ldc.i4.0 ldc.i4.1 ldc.i4.2 ldc.i4.3 ldc.i4.4 ldc.i4.5 ldc.i4.6 ldc.i4.7 ldc.i4.8 ldc.i4.s:i8
ldc.i4:i32 ldc.i8:i64 ldc.r4:r4 ldc.r8:r8 - dup pop jmp:token call:token calli:token ret br.s:branch8 brfalse.s:branch8 brtrue.s:branch8 beq.s:branch8 bge.s:branch8
bgt.s:branch8 ble.s:branch8 blt.s:branch8 bne.un.s:branch8 bge.un.s:branch8 bgt.un.s:branch8 ble.un.s:branch8 blt.un.s:branch8 br:branch32 brfalse:branch32 brtrue:branch32 beq:branch32 bge:branch32 bgt:branch32 ble:branch32 blt:branch32
bne.un:branch32 bge.un:branch32 bgt.un:branch32 ble.un:branch32 blt.un:branch32 switch:switch ldind.i1 ldind.u1 ldind.i2 ldind.u2 ldind.i4 ldind.u4 ldind.i8 ldind.i ldind.r4 ldind.r8
ldind.ref stind.ref stind.i1 stind.i2 stind.i4 stind.i8 stind.r4 stind.r8 add sub mul div div.un rem rem.un and
or xor shl shr shr.un neg not conv.i1 conv.i2 conv.i4 conv.i8 conv.r4 conv.r8 conv.u4 conv.u8 callvirt:token
cpobj:token ldobj:token ldstr:token newobj:token castclass:token isinst:token conv.r.un - - unbox:token throw ldfld:token ldflda:token stfld:token ldsfld:token ldsflda:token
stsfld:token stobj:token conv.ovf.i1.un conv.ovf.i2.un conv.ovf.i4.un conv.ovf.i8.un conv.ovf.u1.un conv.ovf.u2.un conv.ovf.u4.un conv.ovf.u8.un conv.ovf.i.un conv.ovf.u.un box:token newarr:token ldlen ldelema:token
ldelem.i1 ldelem.u1 ldelem.i2 ldelem.u2 ldelem.i4 ldelem.u4 ldelem.i8 ldelem.i ldelem.r4 ldelem.r8 ldelem.ref stelem.i stelem.i1 stelem.i2 stelem.i4 stelem.i8
stelem.r4 stelem.r8 stelem.ref ldelem:token stelem:token unbox.any:token - - - - - - - - - -
- - - conv.ovf.i1 conv.ovf.u1 conv.ovf.i2 conv.ovf.u2 conv.ovf.i4 conv.ovf.u4 conv.ovf.i8 conv.ovf.u8 - - - - -
- - refanyval:token ckfinite - - mkrefany:token - - - - - - - - -
ldtoken:token conv.u2 conv.u1 conv.i conv.ovf.i conv.ovf.u add.ovf add.ovf.un mul.ovf mul.ovf.un sub.ovf sub.ovf.un endfinally leave:branch32 leave.s:branch8 stind.i
conv.u`;

/** Opcodes behind the prefix 0xFE, from 0x00. */
const TWO_BYTE = `
arglist ceq cgt cgt.un clt clt.un ldftn:token ldvirtftn:token - ldarg:var16 ldarga:var16 starg:var16 ldloc:var16 ldloca:var16 stloc:var16 localloc
- endfilter unaligned.:i8 volatile. tail. initobj:token constrained.:token cpblk initblk no.:i8 rethrow - sizeof:token refanytype readonly.`;

function table(text: string): readonly (Opcode | undefined)[] {
  return text.trim().split(/\s+/).map((word) => {
    const [name, operand = 'none'] = word.split(':');
    return name === '-' ? undefined : { name, operand: operand as OperandKind };
  });
}

export const OPCODES = table(ONE_BYTE);
export const PREFIXED_OPCODES = table(TWO_BYTE);
