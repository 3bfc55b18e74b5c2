import type { MemoryRegion } from '../../container/index.ts';
import { line, link, message, thousands } from '../../output/index.ts';
import type { CommandRun } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { upper } from './pointer-text.ts';

const COMMIT = 0x1000;
const RESERVE = 0x2000;
const FREE = 0x10000;
const SLICE = 200;
const SMALL = 64 << 10;
const MEDIUM = 1 << 20;
const PROTECTIONS: readonly (readonly [bit: number, name: string])[] = [
  [0x01, 'NA'], [0x200, 'NC'], [0x100, 'G'], [0x02, 'Rd'], [0x04, 'RdWr'], [0x08, 'WrCp'], [0x10, 'Ex'], [0x20, 'ExRd'], [0x40, 'ExRdWr'], [0x80, 'ExWrCp'],
];
const STATES: ReadonlyMap<number, string> = new Map([[COMMIT, 'Commit'], [RESERVE, 'Reserve'], [FREE, 'Free']]);
const TYPES: ReadonlyMap<number, string> = new Map([[0, ''], [0x20000, 'Private'], [0x40000, 'Mapped'], [0x1000000, 'Image']]);

const code = (value: number) => value.toString(16).padStart(8, '0');

function protection(bits: number): string {
  const names = PROTECTIONS.filter(([bit]) => bits & bit).map(([, name]) => name);
  const rest = PROTECTIONS.reduce((left, [bit]) => left & ~bit, bits);
  return [...names, ...(rest ? [code(rest)] : [])].join('|');
}

/** Regions by address; a message when the dump lists none. */
function* regions(context: CommandContext): Generator<ReturnType<typeof message>, readonly MemoryRegion[]> {
  const list = [...context.dump.regions].sort((a, b) => a.address - b.address);
  if (list.length === 0) yield message('warning', { en: 'This dump does not list the memory regions of its process.', 'zh-tw': '這個傾印沒有記錄處理序的記憶體區域。' });
  return list;
}

export const vmmap: CommandDef = {
  name: 'vmmap',
  host: 'sos',
  group: 'memory',
  summary: { en: 'Every region of the address space with its protection, state and type.', 'zh-tw': '位址空間的每個區域與其保護、狀態和類型。' },
  details: {
    en: 'maddress and !address tell what the regions are used for. Protection at allocation is known for Windows dumps only.',
    'zh-tw': '各區域的用途請用 maddress 或 !address。配置時的保護只有 Windows 傾印才有記錄。',
  },
  examples: ['vmmap'],
  *run(context): CommandRun {
    const digits = 2 * context.memory.pointerSize;
    const list = yield* regions(context);
    yield line(`${'Start'.padEnd(digits)} ${'Stop'.padEnd(digits)} ${'Length'.padEnd(digits)}  ${'AllocProtect'.padEnd(13)} ${'Protect'.padEnd(13)} ${'State'.padEnd(8)} ${'Type'.padEnd(8)}`);
    for (const [i, r] of list.entries()) {
      if (i % SLICE === 0) yield { kind: 'progress', done: i, total: list.length };
      const text = [protection(r.allocationProtection ?? 0).padEnd(13), protection(r.protection).padEnd(13), (STATES.get(r.state) ?? code(r.state)).padEnd(8), (TYPES.get(r.type) ?? code(r.type)).padEnd(8)].join(' ');
      yield line(link(upper(context, r.address), `!address ${r.address.toString(16)}`), `-${upper(context, r.address + r.size - 1)} ${upper(context, r.size)}  ${text}`);
    }
  },
};

interface Stat { blocks: number; total: number; least: number; most: number }

/** One of SOS's blocks: small, medium and large regions, and all of them. */
function* statistics(name: string, list: readonly MemoryRegion[]): CommandRun {
  yield line(`${name}:`);
  for (const [label, wanted] of [['Small', (n: number) => n <= SMALL], ['Medium', (n: number) => n > SMALL && n <= MEDIUM], ['Large', (n: number) => n > MEDIUM], ['Summary', () => true]] as const) {
    const stat: Stat = { blocks: 0, total: 0, least: Infinity, most: 0 };
    for (const { size } of list) {
      if (!wanted(size)) continue;
      stat.blocks++;
      stat.total += size;
      stat.least = Math.min(stat.least, size);
      stat.most = Math.max(stat.most, size);
    }
    const average = stat.blocks ? Math.floor(stat.total / stat.blocks) : 0;
    const k = (bytes: number, width: number) => `${thousands(Math.floor(bytes / 1024)).padStart(width)}K`;
    yield line(`${label.padEnd(7)} ${k(stat.blocks ? stat.least : 0, 24)} ${k(stat.most, 27)} ${k(average, 27)} ${thousands(stat.blocks).padStart(10)} ${k(stat.blocks * average, 27)}`);
  }
  yield line();
}

export const vmstat: CommandDef = {
  name: 'vmstat',
  host: 'sos',
  group: 'memory',
  summary: { en: 'The address space in numbers: small, medium and large regions by state and type.', 'zh-tw': '位址空間統計：依狀態與類型列出小、中、大區域。' },
  examples: ['vmstat'],
  *run(context): CommandRun {
    const list = yield* regions(context);
    const head = (...names: readonly [string, string, string, string, string, string]) => `${names[0].padEnd(7)}  ${names[1].padStart(24)}  ${names[2].padStart(27)}  ${names[3].padStart(27)} ${names[4].padStart(10)}  ${names[5].padStart(27)}`;
    yield line(head('TYPE', 'MINIMUM', 'MAXIMUM', 'AVERAGE', 'BLK COUNT', 'TOTAL'));
    yield line(head('~~~~', '~~~~~~~', '~~~~~~~', '~~~~~~~', '~~~~~~~~~', '~~~~~'));
    for (const [name, state] of [['Free', FREE], ['Reserve', RESERVE], ['Commit', COMMIT]] as const) yield* statistics(name, list.filter((r) => r.state === state));
    for (const [name, type] of [['Private', 0x20000], ['Mapped', 0x40000], ['Image', 0x1000000]] as const) yield* statistics(name, list.filter((r) => r.type === type));
  },
};
