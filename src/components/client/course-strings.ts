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
  },
} as const;
