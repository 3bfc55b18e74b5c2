import { message } from '../../output/index.ts';
import type { OutputNode } from '../../output/index.ts';
import type { Inferred } from '../../runtime/index.ts';

const count = (n: number) => n.toLocaleString('en-US');

/** One line in front of every answer that rests on guessed layouts. */
export function* inferredNotice({ name, confidence }: Inferred): Generator<OutputNode> {
  yield message('warning', {
    en: `Experimental: ${name} is read by shapes, not by layouts it publishes. Confidence ${confidence.percent} %; sosstatus says why.`,
    'zh-tw': `實驗性功能：${name} 的內容是依形狀推斷，並非依公開的結構配置。可信度 ${confidence.percent} %，理由請見 sosstatus。`,
  });
}

/** What the confidence rests on, and what is not read. */
export function* inferredText({ name, confidence, segments, modules, limits }: Inferred): Generator<OutputNode> {
  yield message('strong', {
    en: `${name}, read by shapes: ${segments.length} heap segments, ${modules.length} modules. Confidence ${confidence.percent} %, the weakest of:`,
    'zh-tw': `${name}，依形狀推斷：${segments.length} 個堆積區段，${modules.length} 個模組。可信度 ${confidence.percent} %，取下列各項中最低者：`,
  });
  for (const { what, agree, of } of confidence.evidence) yield message('strong', { en: `    ${count(agree)} of ${count(of)} ${what.en}`, 'zh-tw': `    ${count(of)} ${what['zh-tw']}：${count(agree)}` });
  for (const limit of limits) yield message('dim', limit);
}
