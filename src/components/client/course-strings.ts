/** Texts that the scripts of the course show. */
export const COURSE = {
  en: {
    exercise: {
      found: 'Found it. The terminal shows the evidence.', right: 'Right.', wrong: 'Not that one. Look again.', empty: 'Type an answer first.',
      hint: (shown: number, all: number) => (shown < all ? `Hint ${shown + 1} of ${all}` : 'No more hints'),
    },
    drill: {
      again: 'Drill again (your note stays)', over: 'Time is up. Finish the sentence you are writing, then end the drill.', left: (minutes: number) => `${minutes} ${minutes === 1 ? 'minute' : 'minutes'} left.`,
      ended: (minutes: number) => `Ended after ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}.`, noteDone: 'Your note is saved; give it to somebody who has not seen the dump.', noteMissing: 'The note is still too short to count.',
    },
    progress: {
      imported: (n: number) => (n === 0 ? 'Imported; nothing in it was new.' : `Imported: ${n} more solved.`), notImported: (why: string) => `The file was not imported: ${why}.`,
      made: (n: number, digest: string) => `Saved: ${n} exercises, digest ${digest}….`, checking: (done: number, total: number) => `Checking… ${done} of ${total}`,
      verified: (name: string, good: number, all: number) => `${name}: ${good} of ${all} hold when done again.`, whole: 'The file is as it was written.', changed: 'The digest differs: the file was changed after it was written.',
      notVerified: (why: string) => `This cannot be verified: ${why}.`,
      verdicts: { 'found-again': 'found again', right: 'right answer', 'not-found': 'not found by these commands', wrong: 'wrong answer', 'unknown-exercise': 'unknown exercise', 'other-dump': 'another dump than here', 'no-dump': 'the dump is not here' },
    },
    mark: (solved: number, all: number) => `Course: ${solved} of ${all} solved`,
  },
  'zh-tw': {
    exercise: {
      found: '找到了，終端機的輸出就是證據。', right: '答對了。', wrong: '不是這一個，再看一次。', empty: '請先輸入答案。',
      hint: (shown: number, all: number) => (shown < all ? `提示 ${shown + 1}／${all}` : '沒有更多提示'),
    },
    drill: {
      again: '再演練一次（保留紀錄）', over: '時間到。把正在寫的那句寫完，就結束演練。', left: (minutes: number) => `剩下 ${minutes} 分鐘。`,
      ended: (minutes: number) => `${minutes} 分鐘後結束。`, noteDone: '紀錄已存好，請交給沒看過傾印的人。', noteMissing: '紀錄還太短，不列入。',
    },
    progress: {
      imported: (n: number) => (n === 0 ? '已匯入，沒有新的題目。' : `已匯入：多解出 ${n} 題。`), notImported: (why: string) => `檔案沒有匯入：${why}。`,
      made: (n: number, digest: string) => `已儲存：${n} 題，摘要 ${digest}…。`, checking: (done: number, total: number) => `驗證中…… ${done}／${total}`,
      verified: (name: string, good: number, all: number) => `${name}：重做之後，${all} 題中有 ${good} 題成立。`, whole: '檔案與寫成時相同。', changed: '摘要不符：檔案寫成之後被改過。',
      notVerified: (why: string) => `無法驗證：${why}。`,
      verdicts: { 'found-again': '重新找到', right: '答案正確', 'not-found': '這些指令找不到', wrong: '答案錯誤', 'unknown-exercise': '沒有這一題', 'other-dump': '與這裡的傾印不同', 'no-dump': '這裡沒有這份傾印' },
    },
    mark: (solved: number, all: number) => `課程：已解出 ${solved}／${all} 題`,
  },
} as const;
