import { EXERCISES } from '../../course/exercises.ts';
import { COURSE } from './course-strings.ts';
import { PROGRESS_EVENT, readProgress } from './progress.ts';
import { pageLang } from './strings.ts';

/** The line at the foot of every page that says how far the reader is; silent before the first exercise. */
function refresh(): void {
  const solved = Object.keys(readProgress()).filter((id) => Object.hasOwn(EXERCISES, id)).length;
  for (const link of document.querySelectorAll<HTMLElement>('[data-course-mark]')) {
    link.hidden = solved === 0;
    link.textContent = COURSE[pageLang()].mark(solved, Object.keys(EXERCISES).length);
  }
}

document.addEventListener(PROGRESS_EVENT, refresh);
refresh();
