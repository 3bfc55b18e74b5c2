import type { CommandDef } from './command.ts';
import { helpCommand } from './help.ts';
import { analyzeoom } from './sos/analyzeoom.ts';
import { clrthreads } from './sos/clrthreads.ts';
import { dumparray } from './sos/dumparray.ts';
import { dumpasync } from './sos/dumpasync.ts';
import { dumpexceptions } from './sos/dumpexceptions.ts';
import { dumpheap } from './sos/dumpheap.ts';
import { ehinfo } from './sos/ehinfo.ts';
import { gcinfo } from './sos/gcinfo.ts';
import { dumpil } from './sos/dumpil.ts';
import { dumpobj } from './sos/dumpobj.ts';
import { dumpsig, dumpsigelem } from './sos/dumpsig.ts';
import { eeheap } from './sos/eeheap.ts';
import { eeversion } from './sos/eeversion.ts';
import { gcheapstat } from './sos/gcheapstat.ts';
import { printexception } from './sos/printexception.ts';
import { assemblies, clrmodules, modules } from './sos/clrmodules.ts';
import { dumpdomain } from './sos/dumpdomain.ts';
import { dumpmodule } from './sos/dumpmodule.ts';
import { dumpmt } from './sos/dumpmt.ts';
import { name2ee } from './sos/name2ee.ts';
import { crashinfo, registers, setthread, threadstate } from './sos/registers.ts';
import { verifyheap, verifyobj } from './sos/verify.ts';
import { taskstate } from './sos/taskstate.ts';
import { saveallmodules, savemodule } from './sos/savemodule.ts';
import { histclear, histinit, histobj, histobjfind, histroot, histstats } from './sos/hist.ts';
import { dumpccw, dumprcw, rcwcleanuplist } from './sos/com-interop.ts';
import { comstate } from './sos/comstate.ts';
import { dumpalc } from './sos/dumpalc.ts';
import { gchandleleaks } from './sos/gchandleleaks.ts';
import { dumpgcdata } from './sos/dumpgcdata.ts';
import { minidumpmode, sosflush } from './sos/sosflush.ts';
import { findpointersin } from './sos/findpointersin.ts';
import { gctonative } from './sos/gctonative.ts';
import { watsonbuckets } from './sos/watsonbuckets.ts';
import { procinfo } from './sos/procinfo.ts';
import { runtimes, setruntime } from './sos/runtimes.ts';
import { vmmap, vmstat } from './sos/vmmap.ts';
import { handle } from './windbg/handle.ts';
import { dumplog } from './sos/dumplog.ts';
import { traverseheap } from './sos/traverseheap.ts';
import { threadpool } from './sos/threadpool.ts';
import { threadpoolqueue } from './sos/threadpoolqueue.ts';
import { timerinfo } from './sos/timerinfo.ts';
import { dumpgen } from './sos/dumpgen.ts';
import { dumpobjgcrefs } from './sos/dumpobjgcrefs.ts';
import { dumpruntimetypes } from './sos/dumpruntimetypes.ts';
import { ext } from './sos/ext.ts';
import { ephrefs } from './sos/ephrefs.ts';
import { ephtoloh } from './sos/ephtoloh.ts';
import { gcroot } from './sos/gcroot.ts';
import { objsize } from './sos/objsize.ts';
import { pathto } from './sos/pathto.ts';
import { sizestats } from './sos/sizestats.ts';
import { findappdomain } from './sos/findappdomain.ts';
import { maddress } from './sos/maddress.ts';
import { notreachableinrange } from './sos/notreachableinrange.ts';
import { sosstatus } from './sos/sosstatus.ts';
import { unavailableCommands } from './sos/unavailable.ts';
import { clru } from './sos/clru.ts';
import { clrstack } from './sos/clrstack.ts';
import { parallelstacks } from './sos/parallelstacks.ts';
import { dumpconcurrentdictionary } from './sos/dumpconcurrentdictionary.ts';
import { dumpdelegate } from './sos/dumpdelegate.ts';
import { token2ee } from './sos/token2ee.ts';
import { dumpconcurrentqueue } from './sos/dumpconcurrentqueue.ts';
import { dumphttp } from './sos/dumphttp.ts';
import { dumprequests } from './sos/dumprequests.ts';
import { gcwhere } from './sos/gcwhere.ts';
import { listnearobj } from './sos/listnearobj.ts';
import { dumpassembly } from './sos/dumpassembly.ts';
import { dumpclass } from './sos/dumpclass.ts';
import { dumpmd, ip2md } from './sos/dumpmd.ts';
import { dumpstack, eestack } from './sos/dumpstack.ts';
import { dumpstackobjects } from './sos/dumpstackobjects.ts';
import { dumpvc } from './sos/dumpvc.ts';
import { finalizequeue } from './sos/finalizequeue.ts';
import { gchandles } from './sos/gchandles.ts';
import { syncblk } from './sos/syncblk.ts';
import { address } from './windbg/address.ts';
import { analyze } from './windbg/analyze.ts';
import { cordll } from './windbg/cordll.ts';
import { alias, deleteAlias, listAliases } from './windbg/aliases.ts';
import { numberBase } from './windbg/base.ts';
import { blockCommand, breakCommand, catchCommand, continueCommand, doCommand, forCommand, ifCommand, jCommand, leaveCommand, whileCommand, zCommand } from './windbg/control.ts';
import { dumpFile } from './windbg/dump-file.ts';
import { evaluateCommand, evaluateCpp, formats } from './windbg/evaluate.ts';
import { cxr, ecxr, exr } from './windbg/exception-record.ts';
import { chain, load, loadby, unload } from './windbg/extensions.ts';
import { cls, echo } from './windbg/flow.ts';
import { findstack } from './windbg/findstack.ts';
import { foreach } from './windbg/foreach.ts';
import { logAppend, logClose, logFile, logOpen, sosLogClose, sosLogOpen } from './windbg/log.ts';
import { da, db, dc, dd, dp, dps, dq, du, dw } from './windbg/memory.ts';
import { frameCommand } from './windbg/frame.ts';
import { k } from './windbg/k.ts';
import { lm } from './windbg/modules.ts';
import { writemem } from './windbg/writemem.ts';
import { ln, x } from './windbg/nearest.ts';
import { peb } from './windbg/peb.ts';
import { printf } from './windbg/printf.ts';
import { r } from './windbg/r.ts';
import { runaway } from './windbg/runaway.ts';
import { search } from './windbg/search.ts';
import { ld, reload, sym, symfix, sympath } from './windbg/symbols.ts';
import { effmach, lastevent, processStatus, systemStatus, timeCommand, version, vertarget } from './windbg/target.ts';
import { u, ur } from './windbg/unassemble.ts';
import { ub } from './windbg/unassemble-back.ts';
import { uf } from './windbg/unassemble-function.ts';
import { gle, teb } from './windbg/teb.ts';
import { threadCommand } from './windbg/threads.ts';
import { uniqstack } from './windbg/uniqstack.ts';

/** Every command that works, one line each. The order is the order of `help` inside a group. */
const WORKING: readonly CommandDef[] = [
  helpCommand(() => COMMANDS, (name) => findCommand(name)),
  dumpheap,
  printexception,
  dumpexceptions,
  dumpobj,
  dumparray,
  gcroot,
  pathto,
  objsize,
  clrthreads,
  clrstack,
  parallelstacks,
  gcwhere,
  dumpconcurrentdictionary,
  dumpconcurrentqueue,
  dumpdelegate,
  dumphttp,
  dumprequests,
  listnearobj,
  syncblk,
  dumprcw,
  dumpccw,
  rcwcleanuplist,
  gchandles,
  finalizequeue,
  threadstate,
  comstate,
  setthread,
  registers,
  crashinfo,
  watsonbuckets,
  dumpmt,
  dumpclass,
  dumpmd,
  ip2md,
  dumpassembly,
  dumpvc,
  dumpstackobjects,
  dumpstack,
  eestack,
  name2ee,
  token2ee,
  dumpmodule,
  dumpdomain,
  clrmodules,
  assemblies,
  dumpalc,
  savemodule,
  saveallmodules,
  modules,
  traverseheap,
  verifyheap,
  verifyobj,
  eeheap,
  gcheapstat,
  dumpgcdata,
  gchandleleaks,
  dumplog,
  histinit,
  histstats,
  histroot,
  histobj,
  histobjfind,
  histclear,
  sizestats,
  ephrefs,
  ephtoloh,
  analyzeoom,
  threadpool,
  threadpoolqueue,
  timerinfo,
  taskstate,
  dumpasync,
  dumpil,
  clru,
  gcinfo,
  ehinfo,
  dumpsig,
  dumpsigelem,
  dumpgen,
  dumpobjgcrefs,
  dumpruntimetypes,
  ext,
  findappdomain,
  notreachableinrange,
  sosstatus,
  runtimes,
  setruntime,
  procinfo,
  sosflush,
  minidumpmode,
  handle,
  maddress,
  findpointersin,
  gctonative,
  vmmap,
  vmstat,
  address,
  eeversion,
  cordll,
  sympath,
  symfix,
  reload,
  ld,
  sym,
  load,
  loadby,
  unload,
  chain,
  version,
  vertarget,
  processStatus,
  systemStatus,
  timeCommand,
  effmach,
  peb,
  analyze,
  lastevent,
  exr,
  ecxr,
  cxr,
  lm,
  x,
  ln,
  threadCommand,
  k,
  frameCommand,
  uniqstack,
  findstack,
  teb,
  gle,
  runaway,
  r,
  evaluateCommand,
  evaluateCpp,
  formats,
  numberBase,
  db,
  dw,
  dd,
  dc,
  dq,
  dp,
  dps,
  da,
  du,
  u,
  uf,
  ub,
  ur,
  search,
  writemem,
  dumpFile,
  logOpen,
  logAppend,
  logClose,
  logFile,
  sosLogOpen,
  sosLogClose,
  ifCommand,
  whileCommand,
  forCommand,
  doCommand,
  breakCommand,
  continueCommand,
  blockCommand,
  catchCommand,
  leaveCommand,
  jCommand,
  zCommand,
  foreach,
  echo,
  printf,
  cls,
  alias,
  deleteAlias,
  listAliases,
];

const namesOf = (command: CommandDef) => [command.name, ...(command.aliases ?? [])].map((name) => name.toLowerCase());

/** All commands: those that work, and those SOS and the debugger have that can only say why they do not. */
export const COMMANDS: readonly CommandDef[] = [...WORKING, ...unavailableCommands(new Set(WORKING.flatMap(namesOf)))];

const byName = new Map<string, CommandDef>();
for (const command of COMMANDS) {
  for (const name of namesOf(command)) byName.set(name, command);
}

/** The command with this name or alias; case does not matter. */
export function findCommand(name: string): CommandDef | undefined {
  return byName.get(name.toLowerCase());
}

/** Names and aliases of commands that work, for completion and "did you mean". */
export function commandNames(): string[] {
  return WORKING.flatMap(namesOf);
}
