/** Texts that the scripts of the course show. */
export const COURSE = {
  en: {
    exercise: {
      found: 'Found it. The terminal shows the evidence.', right: 'Right.', wrong: 'Not that one. Look again.', empty: 'Type an answer first.',
      hint: (shown: number, all: number) => (shown < all ? `Hint ${shown + 1} of ${all}` : 'No more hints'),
    },
  },
  'zh-tw': {
    exercise: {
      found: '找到了，終端機的輸出就是證據。', right: '答對了。', wrong: '不是這一個，再看一次。', empty: '請先輸入答案。',
      hint: (shown: number, all: number) => (shown < all ? `提示 ${shown + 1}／${all}` : '沒有更多提示'),
    },
  },
} as const;
