import { both, same } from './answer.ts';
import type { Answer } from './answer.ts';
import data from './redis-scripts.json' with { type: 'json' };

export interface RedisScript {
  readonly script: string;
  readonly provider: 'session' | 'output-cache';
  readonly eol: 'CRLF' | 'LF';
  readonly versions: readonly string[];
  readonly calls: readonly { readonly line: number; readonly command: string; readonly denyoom: boolean }[];
}

/** Scripts of Microsoft's providers by SHA-1; see scripts/redis-scripts.ts. */
export const REDIS_SCRIPTS = data as unknown as Readonly<Record<string, RedisScript>>;

/** What a page does when it runs a script. */
const PURPOSES: Readonly<Record<string, readonly [en: string, zhTw: string]>> = {
  writeLockAndGetDataScript: ['takes the lock of a session and reads its data, at the start of every request that may write to the session', '在每個可寫入工作階段的要求開始時，取得鎖定並讀取資料'],
  readLockAndGetDataScript: ['reads the data of a session whose page only reads it (EnableSessionState="ReadOnly")', '讀取工作階段資料，用於只讀的頁面（EnableSessionState="ReadOnly"）'],
  setScript: ['stores a session that is new', '儲存新的工作階段'],
  removeAndUpdateSessionDataScript: ['saves a session and releases its lock at the end of a request', '在要求結束時儲存工作階段並釋放鎖定'],
  removeAndUpdateIfLockMatchScript: ['saves a session and releases its lock at the end of a request', '在要求結束時儲存工作階段並釋放鎖定'],
  updateExpiryTimeScript: ['moves the time at which a session expires', '更新工作階段的到期時間'],
  releaseWriteLockIfLockMatchScript: ['releases the lock of a session', '釋放工作階段的鎖定'],
  removeIfLockMatchScript: ['deletes a session when its lock is still ours (Session.Abandon)', '在仍持有鎖定時刪除工作階段（Session.Abandon）'],
  removeSessionScript: ['deletes a session', '刪除工作階段'],
  addScript: ['adds a page to the output cache unless it is there', '把頁面加入輸出快取（已存在時不加）'],
};
/** What Redis appends to a script error, by its version. */
const OLD_FORM = /Error running script \(call to f_([0-9a-f]{40})\)/i;
const NEW_FORM = /script: ([0-9a-f]{40}), on @user_script:(\d+)/i;
const ANY_SHA = /\b(?:f_)?([0-9a-f]{40})\b/i;
const LINE = /user_script:\s*(\d+)/i;
const OOM = /OOM command not allowed/i;

/** Reads an error of Redis or an EVALSHA line; undefined when there is no SHA-1 in it. */
export function decodeRedisScript(text: string): Answer[] | undefined {
  const sha1 = ANY_SHA.exec(text)?.[1].toLowerCase();
  if (!sha1) return undefined;
  const lineText = NEW_FORM.exec(text)?.[2] ?? LINE.exec(text)?.[1];
  const line = lineText === undefined ? undefined : Number(lineText);
  const answers: Answer[] = [];
  const script = Object.hasOwn(REDIS_SCRIPTS, sha1) ? REDIS_SCRIPTS[sha1] : undefined;
  answers.push(script ? known(sha1, script) : unknown(sha1));
  if (script && line !== undefined) answers.push(atLine(script, line, OOM.test(text)));
  if (OLD_FORM.test(text)) answers.push({ title: both('The form of Redis before 7', 'Redis 7 以前的格式'), paragraphs: [both('f_ and the SHA-1 is the Lua function Redis made from the script. The reply begins with ERR; the reason comes last.', 'f_ 加上 SHA-1，是 Redis 由指令碼產生的 Lua 函式名稱。回覆以 ERR 開頭，原因在最後。')] });
  else if (NEW_FORM.test(text)) answers.push({ title: both('The form of Redis 7 and later', 'Redis 7 之後的格式'), paragraphs: [both('The reply begins with the reason (OOM …) and names the script behind it. Code that looks for "ERR Error running script" finds nothing any more.', '回覆以原因（OOM ……）開頭，指令碼寫在後面。比對「ERR Error running script」的程式不會再符合。')] });
  return answers;
}

function known(sha1: string, script: RedisScript): Answer {
  const [en, zh] = PURPOSES[script.script] ?? ['', ''];
  const name = script.provider === 'session' ? 'RedisSessionStateProvider' : 'RedisOutputCacheProvider';
  const releases = script.versions.join(', ');
  return {
    title: same(`${script.script} (Microsoft.Web.${name})`),
    paragraphs: [
      both(`It ${en}.`, `它${zh}。`),
      both(`Releases with exactly this text: ${releases}.${script.eol === 'LF' ? ' With LF line ends: a build of your own, since the published packages have CRLF.' : ''}`, `內容完全相同的版本：${releases}。${script.eol === 'LF' ? '換行是 LF：這是自行建置的版本，官方套件是 CRLF。' : ''}`),
    ],
    code: [`EVALSHA ${sha1}`, ...script.calls.map((c) => `line ${String(c.line).padStart(2)}  ${c.command.padEnd(8)}${c.denyoom ? ' denyoom' : ''}`)],
    see: 'guide/after-the-error/',
  };
}

function unknown(sha1: string): Answer {
  return {
    title: both('Not a script of Microsoft’s providers', '不是 Microsoft 提供者的指令碼'),
    paragraphs: [both('The process that sent it has its text: find the string in the dump, and compare SHA-1. In Redis: SCRIPT EXISTS tells whether it is cached, MONITOR shows it being sent.', '送出它的處理序裡有它的內容：在傾印中找出那個字串，再比對 SHA-1。在 Redis 端：SCRIPT EXISTS 可查是否已快取，MONITOR 可看到傳送過程。')],
    code: [`SCRIPT EXISTS ${sha1}`, 's -u 0 L?7fffffffffff "redis.call"'],
  };
}

function atLine(script: RedisScript, line: number, oom: boolean): Answer {
  const calls = script.calls.filter((c) => c.line === line);
  if (calls.length === 0) return { title: both(`Line ${line}`, `第 ${line} 行`), paragraphs: [both('There is no call to Redis on this line: the script itself failed.', '這一行沒有呼叫 Redis：是指令碼本身出錯。')] };
  const names = calls.map((c) => c.command).join(', ');
  const refusable = calls.some((c) => c.denyoom);
  const paragraphs = [both(`Line ${line} calls ${names}.`, `第 ${line} 行呼叫 ${names}。`)];
  if (oom) {
    paragraphs.push(refusable
      ? both('This command may need memory (denyoom), so Redis refuses it when used memory is above maxmemory and nothing may be evicted.', '這道指令可能需要記憶體（denyoom），因此使用量超過 maxmemory 又無法逐出時，Redis 會拒絕執行。')
      : both('This command is not marked denyoom: the line number and the script do not belong together, or the text was shortened.', '這道指令沒有 denyoom 標記：行號與指令碼不一致，或文字被截短了。'));
  }
  return { title: both(`Line ${line}: ${names}`, `第 ${line} 行：${names}`), paragraphs };
}
