/**
 * The 128 headers x86 code has most often: an encoding starts from one of them (inc/gcdecoder.cpp, infoHdrShortcut; read from
 * the table in coreclr.dll 10.0.12). Each: prolog size, epilog size, number of epilogs (e: at the end), saved registers (D edi, S esi, B ebx, P ebp),
 * flags (see Flag), arguments, frame size in words, untracked variables (v: a table of variables follows).
 */
const ROWS = [
  '0,1,1,,,0,0,0', '0,1,1e,,,0,0,0', '0,1,2,,,0,0,0', '0,1,3,,,0,0,0', '0,3,1e,,,1,0,0', '0,3,1e,,,1,0,1', '0,3,1e,,,2,0,0', '0,3,1e,,,2,0,1',
  '0,3,1e,,,2,0,2', '0,3,1e,,,3,0,0', '0,3,1e,,,4,0,0', '0,3,1e,,,4,0,1', '1,0,0,,,0,1,0v', '1,0,0,,,1,1,0v', '1,2,1,,,0,1,0v', '1,2,1,S,,0,0,0',
  '1,2,1e,,,0,1,0', '1,2,1e,B,,0,0,0', '1,2,1e,S,,0,0,0', '1,2,2,S,,0,0,0', '1,2,3,S,,0,0,0', '1,4,1e,S,,1,0,0', '1,4,1e,S,,1,0,1',
  '1,4,1e,S,,2,0,0', '1,4,1e,S,,2,0,2', '1,4,2,S,,1,0,0', '2,3,1,S,,0,1,0v', '2,3,1,SB,,0,0,0', '2,3,1,DS,,0,0,0', '2,3,1,DS,i,0,0,0',
  '2,3,1e,S,,0,1,0', '2,3,1e,S,,0,1,0v', '2,3,1e,SB,,0,0,0', '2,3,1e,DS,,0,0,0', '2,3,2,DS,,0,0,0', '2,3,3,DS,,0,0,0', '2,5,1,DS,,1,0,0',
  '2,5,1,DS,,2,0,0', '2,5,1e,DS,,1,0,0', '2,5,1e,DS,,1,0,1', '2,5,1e,DS,,2,0,0', '2,5,1e,DS,,2,0,1', '2,5,1e,DS,,2,0,2', '2,6,1e,DSBP,i,0,1,0v',
  '2,7,1,DSBP,fh,0,0,0v', '2,7,1e,DSBP,fh,0,1,0v', '3,4,1,DS,,0,1,0', '3,4,1,DSB,,0,0,0', '3,4,1e,DS,,0,1,0', '3,4,1e,DSB,,0,0,0', '3,4,2,DS,,0,1,0',
  '3,4,2,DSB,,0,0,0', '3,6,1,DSB,,1,0,0', '3,6,1,DSB,,2,0,0', '3,6,1e,DSB,,1,0,0', '3,6,1e,DSB,,1,0,1', '3,6,1e,DSB,,2,0,0', '3,6,1e,DSB,,2,0,2',
  '3,6,2,DSB,,1,0,0', '3,8,1,DSBP,i,0,9,2v', '4,5,1,DSB,,0,1,0', '4,5,1,DSBP,,0,0,0', '4,5,1e,DSB,,0,1,0', '4,5,1e,DSBP,,0,0,0', '4,5,2,DSBP,,0,0,0',
  '4,7,1,DSBP,,1,0,0', '4,7,1,DSBP,,2,0,0', '4,7,1e,DSBP,,1,0,0', '4,7,1e,DSBP,,1,0,1', '4,7,1e,DSBP,,2,0,0', '5,4,1e,DSB,i,0,0,0',
  '5,6,1,DSBP,,0,1,0', '5,6,1e,DS,,0,2,0', '5,6,1e,DS,,0,4,0', '5,6,1e,DSBP,,0,1,0', '5,6,1e,DSBP,,0,1,0v', '5,6,1e,DSBP,,1,1,0v',
  '5,6,1e,DSBP,,2,1,0', '5,8,1e,DSBP,,1,1,0', '6,0,0,DSBP,f,0,0,0', '6,0,0,DSBP,fi,0,0,0', '6,4,1,P,f,0,2,0v', '6,4,1e,P,f,0,2,0v',
  '6,6,1,DSP,f,0,1,0', '6,6,1e,DSP,f,0,1,0', '6,7,1e,DSB,,0,2,0', '7,4,1,DSB,i,0,0,0', '7,5,1,SP,f,0,3,0v', '7,5,1,SP,f,0,5,0v',
  '7,8,1,DSBP,,0,3,0v', '7,8,1e,DSBP,,0,2,0', '7,8,1e,DSBP,,0,2,0v', '7,8,2,DSBP,,0,3,0v', '7,10,1,DSBP,,2,6,1v', '7,10,1e,DSBP,,1,2,0',
  '7,10,1e,DSBP,,1,2,1v', '7,10,1e,DSBP,,2,2,0', '7,10,1e,DSBP,,2,3,0v', '8,3,1e,S,,0,1,1', '8,6,1e,DSP,f,0,2,0', '9,4,1e,DS,,0,1,1',
  '9,7,1e,DSBP,f,0,2,0', '9,7,1e,DSBP,fh,0,0,0v', '10,5,1e,S,,0,4,1', '10,5,1e,DSB,,0,1,1', '11,6,1e,DS,,0,4,1', '12,5,1e,SP,fx,0,1,0',
  '13,8,1,DSBP,i,0,9,0v', '13,8,1e,DSBP,,0,2,1', '13,10,1,DSBP,i,2,6,1v', '14,7,1e,DSBP,fi,0,1,0v', '16,7,1,DSBP,fh,0,4,0v',
  '16,7,1e,DSBP,fh,0,0,0v', '16,7,1e,DSBP,fh,0,1,0v', '16,7,1e,DSBP,fh,0,3,0', '16,7,1e,DSBP,fh,0,4,0', '16,7,1e,DSBP,fh,0,4,0v',
  '16,7,1e,DSBP,fh,0,5,0v', '16,7,1e,DSBP,fh,0,6,0v', '16,7,2,DSBP,fh,0,4,0v', '16,9,1e,DSBP,fh,1,4,1v', '16,9,1e,DSBP,fh,2,4,1v',
  '19,7,1e,DSBP,fih,0,5,0v', '24,7,1e,DSBP,fh,0,5,0v', '45,9,1e,DSBP,f,1,0,0', '51,7,1,DSBP,f,0,13,0v', '51,7,1e,DSBP,f,0,1,0v',
  '51,7,1e,DSBP,f,0,11,0',
] as const;

/** Letters of flags: f ebp frame, i fully interruptible, a double aligned, x security, h handlers, l localloc, e edit and continue, v varargs. */
export type Flag = 'f' | 'i' | 'a' | 'x' | 'h' | 'l' | 'e' | 'v';

/** What a header says before its adjustments; `count` means "stored behind the header". */
export interface HeaderState {
  prologSize: number;
  epilogSize: number;
  epilogCount: number;
  epilogAtEnd: boolean;
  /** Letters of D, S, B, P. */
  readonly saved: Set<string>;
  readonly flags: Set<string>;
  argumentCount: number;
  frameWords: number;
  untracked: number | 'count';
  variables: number | 'count';
}

/** A fresh copy of a row. */
export function commonHeader(index: number): HeaderState {
  const [prolog, epilog, epilogs, saved, flags, args, frame, untracked] = ROWS[index].split(',');
  return {
    prologSize: Number(prolog), epilogSize: Number(epilog), epilogCount: parseInt(epilogs, 10), epilogAtEnd: epilogs.endsWith('e'),
    saved: new Set(saved), flags: new Set(flags), argumentCount: Number(args), frameWords: Number(frame),
    untracked: parseInt(untracked, 10), variables: untracked.endsWith('v') ? 'count' : 0,
  };
}
