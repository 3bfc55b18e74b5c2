/**
 * Runs the commands of a golden session and shows where our text differs from SOS's.
 * Usage: node scripts/golden.ts DUMP [FILTER] [-v]   FILTER: text the command must contain; -v: show whole differences
 */
import { runGolden } from '../tests/golden/run.ts';
import { readSections } from '../tests/golden/sections.ts';

const words = process.argv.slice(2).filter((word) => word !== '-v');
const verbose = process.argv.includes('-v');
const [dump, filter] = words;
if (!dump) throw new Error('which dump?');
let passed = 0;
let total = 0;
const run = await runGolden(dump);
for (const section of readSections(dump)) {
  if (filter && !section.command.includes(filter)) continue;
  total++;
  const started = performance.now();
  let actual: string;
  try {
    actual = run(section);
  } catch (error) {
    actual = `CRASH ${error instanceof Error ? error.stack : String(error)}`;
  }
  const time = `${Math.round(performance.now() - started)} ms`;
  if (actual === section.expected) {
    passed++;
    console.log(`ok    ${section.command}  (${time})`);
    continue;
  }
  const ours = actual.split('\n');
  const theirs = section.expected.split('\n');
  let different = 0;
  const shown: string[] = [];
  for (let i = 0; i < Math.max(ours.length, theirs.length); i++) {
    if (ours[i] === theirs[i]) continue;
    different++;
    if (shown.length < (verbose ? 400 : 6)) shown.push(`      ${i + 1} - ${JSON.stringify(theirs[i])}`, `      ${i + 1} + ${JSON.stringify(ours[i])}`);
  }
  console.log(`DIFF  ${section.command}  (${time}; ${different} of ${theirs.length} lines)\n${shown.join('\n')}`);
}
console.log(`${dump}: ${passed} of ${total}`);
