import type { OperatingSystem } from '../../container/index.ts';
import type { LayoutTable } from '../layouts.ts';
import { CORE_X64, SINCE_9_X64 } from './core.ts';
import { HELPER_FRAME } from './frames.ts';
import { NET10_X64 } from './net10.ts';
import { NET8_SLOTS, NET8_X64 } from './net8.ts';
import { NET9_X64 } from './net9.ts';
import { NET9_THREAD_STATICS } from './thread-statics.ts';

/** What is known of a version without or beside its descriptor. */
export interface VersionTables {
  /** Earlier tables win over later ones. */
  readonly tables: readonly LayoutTable[];
  /** Slots of g_dacTable that stand for globals of the descriptor. */
  readonly slots: Readonly<Record<string, number>>;
  /** True when the tables suffice without a descriptor. */
  readonly complete: boolean;
}

/** Tables of a runtime version, x64. Versions differ here, and only here. */
export function versionTables(major: number, os: OperatingSystem): VersionTables {
  const helper = HELPER_FRAME[os];
  if (major <= 8) return { tables: [...NET8_X64[os], helper, CORE_X64], slots: NET8_SLOTS[os], complete: true };
  if (major === 9) return { tables: [...NET9_X64[os], NET9_THREAD_STATICS[os], helper, SINCE_9_X64, CORE_X64], slots: {}, complete: false };
  return { tables: [...(major === 10 ? [NET10_X64] : []), SINCE_9_X64, CORE_X64], slots: {}, complete: false };
}
