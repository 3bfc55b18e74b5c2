import type { Architecture, OperatingSystem } from '../../container/index.ts';
import type { LayoutTable } from '../layouts.ts';
import { CORE_X64, CORE_X86, SINCE_9_X64, UP_TO_10_X64, UP_TO_10_X86 } from './core.ts';
import { HELPER_FRAME } from './frames.ts';
import { GC_X64, GC_X86 } from './gc.ts';
import { NET10_X64, NET10_X86 } from './net10.ts';
import { NET8_SLOTS, NET8_X64 } from './net8.ts';
import { NET9_LINUX_DESCRIBED, NET9_LINUX_SLOTS } from './net9-described.ts';
import { NET9_X64 } from './net9.ts';
import { STRESS_LOG_X64 } from './stress-log.ts';
import { NET9_THREAD_STATICS } from './thread-statics.ts';

/** What is known of a version without or beside its descriptor. */
export interface VersionTables {
  /** Earlier tables win over later ones. */
  readonly tables: readonly LayoutTable[];
  /** Slots of g_dacTable that stand for globals of the descriptor. */
  readonly slots: Readonly<Record<string, number>>;
  /** True when the tables suffice without a descriptor. */
  readonly complete: boolean;
  /** What stands for the descriptor in a runtime that was built without one. */
  readonly undescribed?: { readonly tables: readonly LayoutTable[]; readonly slots: Readonly<Record<string, number>> };
}

/** Tables of a runtime version. Versions, systems and architectures differ here, and only here. undefined: not known. */
export function versionTables(major: number, os: OperatingSystem, architecture: Architecture): VersionTables | undefined {
  if (architecture === 'x86') return os === 'windows' && major >= 10 ? { tables: [...(major === 10 ? [NET10_X86, UP_TO_10_X86] : []), CORE_X86, GC_X86], slots: {}, complete: false } : undefined;
  if (architecture !== 'x64') return undefined;
  const helper = HELPER_FRAME[os];
  if (major <= 8) return { tables: [...NET8_X64[os], helper, STRESS_LOG_X64, UP_TO_10_X64, CORE_X64, GC_X64], slots: NET8_SLOTS[os], complete: true };
  if (major === 9) return { tables: [...NET9_X64[os], NET9_THREAD_STATICS[os], helper, STRESS_LOG_X64, UP_TO_10_X64, SINCE_9_X64, CORE_X64, GC_X64], slots: {}, complete: false, ...(os === 'linux' && { undescribed: { tables: [NET9_LINUX_DESCRIBED], slots: NET9_LINUX_SLOTS } }) };
  return { tables: [...(major === 10 ? [NET10_X64, UP_TO_10_X64] : []), SINCE_9_X64, CORE_X64, GC_X64], slots: {}, complete: false };
}
