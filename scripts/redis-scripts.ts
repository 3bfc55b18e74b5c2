/**
 * Writes src/reference/redis-scripts.json: SHA-1 of every Lua script of Microsoft's ASP.NET providers for Redis, by release.
 * The identifier in an error (f_<sha1>) is that of the text as it was compiled, so line ends count: both are listed.
 * Usage: node scripts/redis-scripts.ts CLONE, a git clone of github.com/Azure/aspnet-redis-providers with its tags.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';

/** Commands Redis marks `denyoom` among those the scripts call (COMMAND INFO of Redis 7.2). */
const DENY_OOM = new Set(['SET', 'SETNX', 'SETEX', 'PSETEX', 'HSET', 'HMSET', 'APPEND', 'INCR', 'LPUSH', 'RPUSH', 'SADD', 'ZADD']);

interface Script {
  readonly script: string;
  readonly provider: 'session' | 'output-cache';
  readonly eol: 'CRLF' | 'LF';
  readonly versions: string[];
  readonly calls: readonly { readonly line: number; readonly command: string; readonly denyoom: boolean }[];
}

const [clone] = process.argv.slice(2);
if (!clone) throw new Error('usage: node scripts/redis-scripts.ts CLONE');
const git = (...args: string[]) => execFileSync('git', ['--git-dir', clone, ...args], { encoding: 'utf8', maxBuffer: 1 << 26 });

const found = new Map<string, Script>();
const tags = git('tag').split('\n').map((tag) => /^NuGet-Release\/Redis(SessionState|OutputCache)Provider-(.+)$/.exec(tag)).filter((m) => m !== null);
/** Releases 5.0.x have no tag; the newest commit is 5.0.4. */
const heads = [['HEAD', 'session', '5.0.4']] as const;
for (const [ref, provider, version] of [...tags.map((m) => [m[0], m[1] === 'OutputCache' ? 'output-cache' : 'session', m[2]] as const), ...heads]) {
  const wanted = provider === 'session' ? /(?:RedisConnectionWrapper|StackExchangeClientConnection)\.cs$/ : /RedisOutputCacheConnectionWrapper\.cs$/;
  for (const path of git('ls-tree', '-r', '--name-only', ref).split('\n').filter((p) => wanted.test(p) && !/test/i.test(p))) {
    const source = git('show', `${ref}:${path}`).replaceAll('\r\n', '\n');
    for (const [, script, body] of source.matchAll(/static readonly (?:string|String) (\w+)\s*=\s*\(?\s*@"((?:[^"]|"")*)"/g)) {
      for (const eol of ['CRLF', 'LF'] as const) add(script, provider, eol, version, body.replaceAll('""', '"'));
    }
  }
}

function add(script: string, provider: Script['provider'], eol: Script['eol'], version: string, body: string): void {
  const text = eol === 'CRLF' ? body.replaceAll('\n', '\r\n') : body;
  const sha1 = createHash('sha1').update(text).digest('hex');
  const known = found.get(sha1);
  if (known) {
    if (!known.versions.includes(version)) known.versions.push(version);
    return;
  }
  const calls = body.split('\n').flatMap((line, i) => [...line.matchAll(/redis\.call\(\s*['"](\w+)['"]/gi)].map(([, command]) => ({ line: i + 1, command: command.toUpperCase(), denyoom: DENY_OOM.has(command.toUpperCase()) })));
  found.set(sha1, { script, provider, eol, versions: [version], calls });
}

const sorted = [...found].sort(([, a], [, b]) => (a.provider + a.script + a.versions[0] + a.eol < b.provider + b.script + b.versions[0] + b.eol ? -1 : 1));
writeFileSync(new URL('../src/reference/redis-scripts.json', import.meta.url), `${JSON.stringify(Object.fromEntries(sorted), undefined, 1)}\n`);
console.log(`${found.size} scripts of ${tags.length} releases`);
