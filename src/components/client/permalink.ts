/** An investigation as a link: a sample, a debugger, and command lines to run. */
export interface Investigation { readonly dump: string; readonly host: string; readonly commands: readonly string[] }

const MAX_COMMANDS = 40;
const MAX_LENGTH = 500;
const HOSTS = ['windbg-dump', 'windbg-64', 'windbg-32', 'dotnet-dump-64'];

/** The fragment of the lab's address; a fragment is never sent to a server. */
export function writeInvestigation({ dump, host, commands }: Investigation): string {
  const fields = new URLSearchParams([['dump', dump], ['host', host]]);
  for (const command of commands.slice(-MAX_COMMANDS)) fields.append('run', command);
  return `#${fields.toString()}`;
}

/** Reads a fragment, which anybody may have written: known samples and debuggers only, few commands of bounded length, no control characters. */
export function readInvestigation(fragment: string, samples: readonly string[]): Investigation | undefined {
  const fields = new URLSearchParams(fragment.replace(/^#/, ''));
  const dump = fields.get('dump') ?? '';
  const host = fields.get('host') ?? 'windbg-64';
  const commands = fields.getAll('run').slice(0, MAX_COMMANDS).map((c) => c.trim()).filter((c) => c.length > 0 && c.length <= MAX_LENGTH && !/[\u0000-\u001f\u007f-\u009f]/.test(c));
  return samples.includes(dump) && HOSTS.includes(host) && commands.length > 0 ? { dump, host, commands } : undefined;
}
