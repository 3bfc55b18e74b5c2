import type { Dump } from './dump.ts';

/** True for a 64-bit dump of a 32-bit process: the 64-bit half that such a process has (wow64.dll) was asked, as the 64-bit Task Manager does. */
export function isWow64(dump: Pick<Dump, 'os' | 'pointerSize' | 'modules'>): boolean {
  return dump.os === 'windows' && dump.pointerSize === 8 && dump.modules.some((m) => /(^|[\\/])wow64\.dll$/i.test(m.path));
}
