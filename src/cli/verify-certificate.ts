import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { MAX_CERTIFICATE, parseCertificate } from '../course/certificate.ts';
import { exercisesOf, PARTS } from '../course/exercises.ts';
import { GOOD, verify } from '../course/verify.ts';
import type { Bench, Verdict } from '../course/verify.ts';
import type { Lang } from '../lib/bytes/index.ts';
import { nodeCapabilities } from './needs.ts';
import { Engine } from '../lib/engine/index.ts';
import { sanitize } from '../lib/output/index.ts';
import type { Fact } from '../lib/output/index.ts';
import { openPackedDirectory } from './packed-directory.ts';

const SAMPLES = new URL('../../public/sample-dumps/', import.meta.url).pathname;
/** A certificate may hold any command; none of them may take longer. */
const MAX_MILLISECONDS = 30_000;

interface Texts {
  readonly says: Record<Verdict, string>;
  readonly means: string;
  readonly head: (name: string, issued: string, site: string) => string;
  readonly digest: (whole: boolean) => string;
  readonly dump: (id: string, sha: string) => string;
  readonly hints: (n: number, peeked: boolean) => string;
  readonly part: (part: string | number, good: number, all: number) => string;
  readonly drill: (minutes: number) => string;
}

const TEXTS: Record<Lang, Texts> = {
  en: {
    says: { 'found-again': 'found again', right: 'right answer', 'not-found': 'NOT FOUND by these commands', wrong: 'WRONG answer', 'unknown-exercise': 'UNKNOWN exercise', 'other-dump': 'OTHER dump than here', 'no-dump': 'dump is NOT HERE' },
    means: `What this shows: on dumps with the sha256 above, these commands find this evidence, and these answers are right.
It does not show who sat in front of the screen, or when: the file is written by a browser, which can keep no secret.
Ask its owner to explain one of the findings.
`,
    head: (name, issued, site) => `Name    ${name}\nIssued  ${issued} by ${site}`,
    digest: (whole) => `Digest  ${whole ? 'agrees' : 'DIFFERS: the file was changed after it was written'}`,
    dump: (id, sha) => `Dump    ${id} sha256 ${sha}`,
    hints: (n, peeked) => `${n} ${n === 1 ? 'hint' : 'hints'}${peeked ? ', solution seen first' : ''}`,
    part: (part, good, all) => `${typeof part === 'number' ? `Level ${part}` : part}: ${good} of ${all}${good === all ? ', complete' : ''}`,
    drill: (minutes) => `Drill: ${minutes} minutes; its note:`,
  },
  'zh-tw': {
    says: { 'found-again': '重新找到', right: '答案正確', 'not-found': '這些指令找不到', wrong: '答案錯誤', 'unknown-exercise': '沒有這一題', 'other-dump': '與這裡的傾印不同', 'no-dump': '這裡沒有這份傾印' },
    means: `這證明了：在 sha256 如上的傾印上，這些指令找得到這些證據，這些答案是對的。
這不能證明是誰、在什麼時候坐在螢幕前：檔案由瀏覽器寫成，而瀏覽器藏不住秘密。
請本人解釋其中一項發現。
`,
    head: (name, issued, site) => `姓名　　${name}\n核發　　${issued}，${site}`,
    digest: (whole) => `摘要　　${whole ? '相符' : '不符：檔案寫成之後被改過'}`,
    dump: (id, sha) => `傾印　　${id} sha256 ${sha}`,
    hints: (n, peeked) => `提示 ${n} 次${peeked ? '，先看過解答' : ''}`,
    part: (part, good, all) => `${typeof part === 'number' ? `第 ${part} 級` : part === 'guide' ? '實戰教學' : '知識庫'}：${good}／${all}${good === all ? '，完成' : ''}`,
    drill: (minutes) => `演練：${minutes} 分鐘，紀錄如下：`,
  },
};

/** `dumplab verify-certificate FILE`: everything a certificate says, done again. Exit code 0: all of it holds. */
export async function verifyCertificate(argv: readonly string[], lang: Lang): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...argv], allowPositionals: true, options: { dumps: { type: 'string', default: SAMPLES }, lang: { type: 'string' } } });
  const [path] = positionals;
  if (!path) throw new Error('usage: dumplab verify-certificate FILE [--dumps DIRECTORY]');
  if (statSync(path).size > MAX_CERTIFICATE) throw new Error('the file is too large for a certificate');
  const certificate = parseCertificate(readFileSync(path, 'utf8'));
  const { whole, checked } = await verify(certificate, nodeBench(values.dumps));
  const t = TEXTS[lang];
  console.log(t.head(sanitize(certificate.name), sanitize(certificate.issued), sanitize(certificate.site)));
  console.log(t.digest(whole));
  for (const [dump, sha] of Object.entries(certificate.dumps)) console.log(t.dump(sanitize(dump), sanitize(sha)));
  for (const { claim, verdict } of checked) {
    const what = claim.how === 'answer' ? `"${claim.answer ?? ''}"` : (claim.commands ?? []).slice(-1).join('');
    console.log(`${GOOD.includes(verdict) ? 'ok   ' : 'FAIL '} ${sanitize(claim.id).padEnd(24)} ${t.says[verdict].padEnd(14)} ${t.hints(claim.hints, claim.peeked === true)}  ${sanitize(what).slice(0, 100)}`);
  }
  const good = new Set(checked.filter((c) => GOOD.includes(c.verdict)).map((c) => c.claim.id));
  for (const part of PARTS) console.log(t.part(part, exercisesOf(part).filter((id) => good.has(id)).length, exercisesOf(part).length));
  if (certificate.drill) {
    console.log(t.drill(Math.round((Date.parse(certificate.drill.ended) - Date.parse(certificate.drill.started)) / 60_000)));
    for (const line of certificate.drill.note.split('\n')) console.log(`  | ${sanitize(line)}`);
  }
  console.log(`\n${t.means}`);
  return whole && good.size === checked.length ? 0 : 1;
}

/** The published dumps, and an engine for each. */
export function nodeBench(directory: string): Bench {
  const engines = new Map<string, Engine>();
  return {
    async sha256(dump) {
      const index = join(directory, dump, 'index.json');
      return existsSync(index) ? (JSON.parse(readFileSync(index, 'utf8')) as { sha256: string }).sha256 : undefined;
    },
    async run(dump, commands) {
      let engine = engines.get(dump);
      if (!engine) {
        engine = new Engine({ capabilities: nodeCapabilities, host: { debugger: 'windbg', bitness: 64 } });
        for (const node of engine.open(openPackedDirectory(join(directory, dump)), `${dump}.dmp`)) void node;
        engines.set(dump, engine);
      }
      engine.reset();
      const facts: Fact[] = [];
      const end = performance.now() + MAX_MILLISECONDS;
      for (const command of commands) {
        for (const node of engine.execute(command)) {
          if (node.kind === 'fact') facts.push(node);
          if (performance.now() > end) return facts;
        }
      }
      return facts;
    },
  };
}
