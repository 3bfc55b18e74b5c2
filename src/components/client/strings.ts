import type { Lang } from '../../lib/bytes/index.ts';

/** Texts of the interface that scripts show. */
export const STRINGS = {
  en: {
    live: 'Run it live', loading: 'Starting…', ready: 'Live: commands run in your browser.', running: 'Running…', fetched: (kb: string) => `${kb} fetched`,
    failed: 'The dump could not be opened: ', cancelled: '^C (cancelled)', copied: 'Copied', links: 'Links in the last answer', done: (ms: string) => `done in ${ms}`,
    lines: (n: number) => `${n} lines`, more: (n: number) => `… ${n} more lines`, solved: 'Found it. The terminal shows the evidence.', wrong: 'Not that one. Look again.', hint: 'Hint', noMoreHints: 'No more hints.',
  },
  'zh-tw': {
    live: '實際執行', loading: '啟動中…', ready: '已連線：指令在您的瀏覽器中執行。', running: '執行中…', fetched: (kb: string) => `已下載 ${kb}`,
    failed: '無法開啟傾印：', cancelled: '^C（已取消）', copied: '已複製', links: '上次輸出中的連結', done: (ms: string) => `${ms} 完成`,
    lines: (n: number) => `${n} 行`, more: (n: number) => `……另有 ${n} 行`, solved: '找到了，終端機的輸出就是證據。', wrong: '不是這一個，再看一次。', hint: '提示', noMoreHints: '沒有更多提示了。',
  },
} as const;

export function pageLang(): Lang {
  return document.documentElement.lang.toLowerCase().startsWith('zh') ? 'zh-tw' : 'en';
}
