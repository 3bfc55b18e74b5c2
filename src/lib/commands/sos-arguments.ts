/**
 * How SOS's two halves refuse arguments: the C++ commands (dotnet/diagnostics, src/SOS/Strike, GetCMDOption) stop at the first
 * word they do not know; the managed ones (System.CommandLine) read unknown options as arguments, and name every word too many.
 */
export const NATIVE_COMMANDS: ReadonlySet<string> = new Set([
  'clrstack', 'clrthreads', 'dumparray', 'dumpassembly', 'dumpclass', 'dumpdelegate', 'dumpdomain', 'dumpil', 'dumpmd', 'dumpmodule', 'dumpmt', 'dumpobj', 'dumpsig', 'dumpsigelem',
  'dumpvc', 'eeversion', 'ehinfo', 'findappdomain', 'gchandles', 'gcinfo', 'ip2md', 'printexception', 'syncblk',
]);

/** What a command says when an argument is missing, or is no number; without `invalid` the C++ commands read such a word as 0. `$`: the word. `{!}`: the prefix of commands. */
export interface Refusal { readonly missing?: string; readonly invalid?: string }

const both = (text: string): Refusal => ({ missing: text, invalid: text });

/** By command and argument. */
export const REFUSALS: Readonly<Record<string, Readonly<Record<string, Refusal>>>> = {
  dumpobj: { address: both('Invalid parameter $') },
  dumparray: { address: { missing: 'Invalid parameter (null)', invalid: 'Invalid parameter $' } },
  printexception: { address: { invalid: 'Invalid exception object $' } },
  dumpdelegate: { address: { missing: 'Usage: {!}dumpdelegate <delegate object address>' } },
  dumpmt: { mt: { missing: 'Missing MethodTable address' } },
  dumpclass: { class: { missing: 'Missing EEClass address' } },
  ip2md: { ip: both('$ is not IP') },
  dumpassembly: { assembly: both('Invalid Assembly $') },
  dumpvc: { mt: { missing: 'Usage: {!}dumpvc <Method Table> <Value object start addr>' }, address: { missing: 'Usage: {!}dumpvc <Method Table> <Value object start addr>' } },
  dumpmodule: { module: { missing: 'Usage: DumpModule [-mt] <Module Address>' } },
  dumpil: { address: both('Must pass a valid expression') },
  dumpsig: { sigaddr: { missing: '{!}dumpsig <sigaddr> [<moduleaddr>]?', invalid: 'Invalid parameter $' } },
  dumpsigelem: { sigaddr: { missing: '{!}dumpsigelem <sigaddr> [<moduleaddr>]?', invalid: 'Invalid parameter $' } },
  gcroot: { target: both('Could not parse target object address: $') },
  pathto: { source: both("Could not parse argument 'source': 0"), target: both("Could not parse argument 'target': 0") },
  objsize: { object: { invalid: 'Could not parse target object address: 0' } },
  gcwhere: { address: both('Could not parse address: $') },
  listnearobj: { address: both('Could not parse address: $') },
  dumpconcurrentdictionary: { address: { missing: 'Missing ConcurrentDictionary address...', invalid: 'Hexadecimal address expected...' } },
  dumpconcurrentqueue: { address: { missing: 'Missing ConcurrentQueue address...', invalid: 'Hexadecimal address expected...' } },
  verifyobj: { address: both("Invalid object address: '$' (Parameter 'ObjectAddress')") },
  dumpobjgcrefs: { object: both("Invalid object address: '$' (Parameter 'ObjectAddress')") },
  dumpstackobjects: { stackbounds: { invalid: 'Invalid arguments.' } },
  gcinfo: { address: { missing: '' } },
  ehinfo: { address: { missing: '' } },
  dumpgen: { generation: { missing: 'Generation argument is missing' } },
  notreachableinrange: { start: both('Could not parse start address: $'), end: both('Could not parse end address: $') },
};

/** A last line some print after any refusal. */
export const AFTER_REFUSAL: Readonly<Record<string, string>> = { gchandles: 'Failed to parse command line arguments.' };
