import type { Lang } from '../../lib/bytes/index.ts';

/** Texts of the interface that scripts show. */
export const STRINGS = {
  en: {
    live: 'Run it live', loading: 'Starting…', ready: 'Live: commands run in your browser.', running: 'Running…', fetched: (kb: string) => `${kb} fetched`,
    failed: 'The dump could not be opened: ', notSaved: 'You are offline, and this page’s dump is not saved on this device. With a network, the button at the foot of the page saves it.', cancelled: '^C (cancelled)', copied: 'Copied', links: 'Links in the last answer', done: (ms: string) => `done in ${ms}`,
    lines: (n: number) => `${n} lines`, more: (n: number) => `… ${n} more lines`, solved: 'Found it. The terminal shows the evidence.', wrong: 'Not that one. Look again.', hint: 'Hint', noMoreHints: 'No more hints.',
    search: (failed: boolean) => (failed ? 'failed reverse-i-search' : 'reverse-i-search'), runs: (command: string) => `Runs ${command}`, runHere: 'Run in the terminal',
    notDrawn: (n: number) => `… ${n.toLocaleString('en')} lines are not drawn here: "Save the whole answer" below has all of them, or narrow the command (-stat, -type, -mt).`,
    save: (n: number) => `Save the whole answer (${n.toLocaleString('en')} lines)`, saveFile: (file: string) => `Save ${file}`, restored: (n: number) => `Restored: ${n === 1 ? 'one command' : `${n} commands`} run again.`, restoring: 'Restoring the terminal…',
    without: (names: string) => `Copied, without what has no counterpart there: ${names}`, copyFailed: 'The browser does not allow copying here; select the text instead.',
    chooseAgain: (name: string, n: number) => `You had ${name} open. A page cannot reopen your file by itself: choose it again, and ${n === 1 ? 'the command runs' : `the ${n} commands run`} again.`,
    symbolsAdded: (names: string) => `${names}: added to the dump that is open. !clrstack shows source lines where it fits; lmvm NAME says whether it does.`,
    linkCopied: 'Link copied: it holds the sample and your commands.', pinned: 'Pinned to your notebook.', notPinned: 'The notebook is full.',
    linked: (n: number, dump: string) => `This link brings ${n === 1 ? 'one command' : `${n} commands`} for ${dump}: `, runLinked: 'Run them',
    notebook: {
      sure: 'Delete all pins and notes?', full: 'The browser has no room for more: export the report and delete some pins.', note: 'What it shows', up: 'Move up', down: 'Move down', remove: 'Delete',
      report: { untitled: 'Root-cause report', made: 'Made with DumpLab; the outputs are those of its analyzer.', dump: 'Dump' },
    },
  },
  'zh-tw': {
    live: '實際執行', loading: '啟動中…', ready: '已連線：指令在您的瀏覽器中執行。', running: '執行中…', fetched: (kb: string) => `已下載 ${kb}`,
    failed: '無法開啟傾印：', notSaved: '目前離線，而本頁的傾印沒有存在這台裝置上。連上網路之後，可用頁面底部的按鈕儲存。', cancelled: '^C（已取消）', copied: '已複製', links: '上次輸出中的連結', done: (ms: string) => `${ms} 完成`,
    lines: (n: number) => `${n} 行`, more: (n: number) => `……另有 ${n} 行`, solved: '找到了，終端機的輸出就是證據。', wrong: '不是這一個，再看一次。', hint: '提示', noMoreHints: '沒有更多提示了。',
    search: (failed: boolean) => (failed ? '反向搜尋，找不到' : '反向搜尋'), runs: (command: string) => `執行 ${command}`, runHere: '在終端機中執行',
    notDrawn: (n: number) => `……有 ${n.toLocaleString('en')} 行沒有畫出來：按下方的「儲存完整輸出」可取得全部，或縮小範圍（-stat、-type、-mt）。`,
    save: (n: number) => `儲存完整輸出（${n.toLocaleString('en')} 行）`, saveFile: (file: string) => `儲存 ${file}`, restored: (n: number) => `已還原：重新執行 ${n} 道指令。`, restoring: '正在還原終端機…',
    without: (names: string) => `已複製；那邊沒有對應的指令已略過：${names}`, copyFailed: '瀏覽器不允許在這裡複製，請直接選取文字。',
    chooseAgain: (name: string, n: number) => `您剛才開啟的是 ${name}。網頁無法自行重新開啟您的檔案：請再選一次，就會重新執行那 ${n} 道指令。`,
    symbolsAdded: (names: string) => `已將 ${names} 加入開啟中的傾印。相符的模組會在 !clrstack 顯示原始碼行號；是否相符，lmvm 名稱 會說明。`,
    linkCopied: '已複製連結，內含範例與您的指令。', pinned: '已釘選到筆記本。', notPinned: '筆記本已滿。',
    linked: (n: number, dump: string) => `這個連結帶來 ${dump} 的 ${n} 道指令：`, runLinked: '執行',
    notebook: {
      sure: '要刪除全部釘選與註解嗎？', full: '瀏覽器沒有空間了：請匯出報告並刪除部分釘選。', note: '它說明了什麼', up: '上移', down: '下移', remove: '刪除',
      report: { untitled: '根本原因報告', made: '以 DumpLab 製作；輸出來自它的分析器。', dump: '傾印' },
    },
  },
} as const;

export function pageLang(): Lang {
  return document.documentElement.lang.toLowerCase().startsWith('zh') ? 'zh-tw' : 'en';
}
