import { isWow64 } from '../container/index.ts';
import type { Architecture, Dump } from '../container/index.ts';
import type { LocalText } from '../bytes/index.ts';
import type { SessionState } from './context.ts';

/**
 * Why SOS cannot work here: it runs inside the debugger and wants its bitness (`host`), or the dump shows the 64-bit half of a
 * 32-bit process (`dump`). dotnet-dump is told the latter only: it comes in the bitness of the process.
 */
export function bitnessProblem(dump: Dump, host: SessionState['host']): 'host' | 'dump' | undefined {
  if (isWow64(dump)) return 'dump';
  return host.debugger === 'windbg' && host.bitness !== dump.pointerSize * 8 ? 'host' : undefined;
}

/** The architecture that messages call the target's: of a WOW64 process the one that the debugger is not of. */
export function targetArchitecture(dump: Dump, host: SessionState['host']): Architecture {
  return isWow64(dump) && host.bitness === 64 ? 'x86' : dump.architecture;
}

/** What to do about it. */
export function bitnessCure(dump: Dump, host: SessionState['host']): LocalText {
  if (isWow64(dump)) {
    return {
      en: 'This is a 64-bit dump of a 32-bit process (wow64.dll is in lm): managed objects cannot be read from it. Take the dump again with a 32-bit tool: C:\\Windows\\SysWOW64\\Taskmgr.exe, or procdump -ma.',
      'zh-tw': '這是 32 位元處理序的 64 位元傾印（lm 裡有 wow64.dll），無法從中讀取受控物件。請改用 32 位元的工具重新傾印：C:\\Windows\\SysWOW64\\Taskmgr.exe，或 procdump -ma。',
    };
  }
  const bits = dump.pointerSize * 8;
  return {
    en: `The dump is of a ${bits}-bit process; this terminal plays the ${host.bitness}-bit WinDbg. Open it with the ${bits}-bit one.`,
    'zh-tw': `這份傾印來自 ${bits} 位元處理序，而這個終端機扮演 ${host.bitness} 位元的 WinDbg。請改用 ${bits} 位元版本開啟。`,
  };
}
