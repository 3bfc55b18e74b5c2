import type { NativeModule } from '../../container/index.ts';
import { pdbKey } from '../../image/index.ts';
import type { ModuleLookup, ModuleSymbols, SymbolAttempt } from '../../image/index.ts';
import { line } from '../../output/index.ts';
import type { OutputNode } from '../../output/index.ts';
import { fileName } from '../../runtime/index.ts';
import type { CommandContext } from '../context.ts';
import { moduleLabel } from './expression.ts';

const DEFERRED = '(deferred)             ';
const EMBEDDED = 'embedded PDB';

/** How a symbol store indexes a PDB: portable ones have no age. */
export function storeKey(wanted: NonNullable<ModuleSymbols['wanted']>): string {
  return `${wanted.guid}${wanted.portable ? 'FFFFFFFF' : wanted.age.toString(16).toUpperCase()}`;
}

/** Last column of `lm`: nothing is looked up for it. */
export function symbolState({ session, memory }: CommandContext, module: NativeModule): string {
  const symbols = session.symbols.known(memory, module.base);
  if (!symbols) return DEFERRED;
  if (symbols.from) return `(private pdb symbols)  ${symbols.from.file ?? EMBEDDED}`;
  return symbols.wanted ? '(no symbols)           ' : DEFERRED;
}

/** What `lmv` tells of a module's symbols: which PDB is wanted, and what every place had. */
export function* symbolDetails(context: CommandContext, module: NativeModule): Generator<OutputNode> {
  const symbols = context.session.symbols.of(context.memory, module.base);
  const { wanted } = symbols;
  if (wanted) yield line(`    PDB:              ${wanted.path} ${wanted.guid} age ${wanted.age}${wanted.portable ? `, stamp ${pdbKey(wanted).split(' ')[1]}, portable` : ''}`);
  else if (module.pdb) yield line(`    PDB:              ${module.pdb.path} ${module.pdb.guid} age ${module.pdb.age}`);
  for (const attempt of symbols.attempts) yield line(`    Symbols:          ${attempt.file ?? EMBEDDED}: ${outcomeText(attempt)}`);
  if (symbols.pdb || (!wanted && !module.pdb)) return;
  const why = !wanted ? ': what the image says of its PDB is not in the dump' : wanted.portable ? '' : ': Windows (MSF) PDBs are not read here';
  yield line(`    Symbols:          none loaded${why}`);
}

function outcomeText({ outcome, detail }: SymbolAttempt): string {
  switch (outcome) {
    case 'loaded': return `matched (${detail})`;
    case 'mismatched': return `mismatched pdb: it is ${detail}`;
    case 'windows': return 'a Windows (MSF) PDB: only portable PDBs are read here';
    case 'unusable': return detail;
    case 'absent': return 'its pages are not in the dump';
  }
}

/** What `!sym noisy` lets the debugger say when it looks for symbols. */
export function* lookupText({ dump }: CommandContext, lookups: readonly ModuleLookup[]): Generator<OutputNode> {
  for (const { base, symbols } of lookups) {
    const { wanted, attempts, from } = symbols;
    if (!wanted && attempts.length === 0) continue;
    const path = dump.modules.find((m) => m.base === base)?.path ?? '';
    const label = path ? moduleLabel(path) : base.toString(16);
    if (wanted) yield line(`SYMSRV:  BYINDEX: ${fileName(wanted.path)} ${storeKey(wanted)}`);
    for (const { file, outcome, detail } of attempts) {
      if (outcome === 'loaded') continue;
      yield line(`DBGHELP: ${file ?? EMBEDDED} - ${outcome === 'mismatched' ? 'mismatched pdb' : outcomeText({ file, outcome, detail })}`);
      if (outcome === 'mismatched' && wanted) {
        yield line(`         wanted ${pdbKey(wanted)}`);
        yield line(`         found  ${detail}`);
      }
    }
    if (from) {
      yield line(`DBGHELP: ${label} - private symbols & lines `);
      yield line(`         ${from.file ?? `${EMBEDDED} in ${fileName(path)}`}`);
      continue;
    }
    if (attempts.length === 0 && wanted) yield line(`DBGHELP: ${fileName(wanted.path)} - file not found`);
    yield line(`DBGHELP: ${label} - no symbols loaded`);
  }
}

/** Why a module has no symbols, in a few words; undefined when it has them, or wants none. */
export function failureText({ wanted, pdb, attempts }: ModuleSymbols): string | undefined {
  if (pdb || !wanted) return undefined;
  const last = attempts.at(-1);
  if (!last) return wanted.portable ? 'PDB not found' : 'PDB not found (a Windows PDB would not be read here)';
  return last.outcome === 'mismatched' ? 'mismatched pdb' : outcomeText(last);
}
