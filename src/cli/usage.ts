import type { LocalText } from '../lib/bytes/index.ts';

/** What `dumplab --help` prints. Commands and options are the same in both languages. */
export const USAGE: LocalText = {
  en: `usage:
  dumplab analyze FILE [-c "command"]... [--json] [--lang zh-tw|en] [--host windbg|dotnet-dump] [--bits 32|64] [--runtime FILE] [-o]
      Runs commands on a dump (.dmp, ELF core, or a folder of public/sample-dumps); without -c an interactive prompt
      with history and completion (Tab), left with q. --json: one JSON object a command.
      --host, --bits: which debugger to play, by default of the dump's bitness; a 32-bit WinDbg refuses a 64-bit dump, as the real one does.
      --runtime: the coreclr.dll or libcoreclr.so the process ran, for heap dumps that lack its pages.
      --symbols: portable PDBs for source lines, files or folders of them; one of another build is refused, nothing is downloaded.
      -o, --overwrite: files that commands write (.logopen, !traverseheap, .dump …) may replace what is there.
      Exit code: 0 all commands worked, 1 one failed, 2 the file cannot be opened.
  dumplab trim IN OUT [--commands FILE]
      Writes a smaller, still valid dump: what commands reach is kept, images of the operating system, unread pages,
      pages of zeros and the environment block are dropped. --commands: a file with commands whose reads are kept too.
  dumplab verify-certificate FILE [--dumps DIRECTORY] [--lang zh-tw|en]
      Does again what a certificate of the course says: judges its answers, runs its commands on the sample dumps.
      Exit code: 0 all of it holds, 1 something does not, 2 the file is no certificate.
  dumplab --help [--lang zh-tw|en]
`,
  'zh-tw': `用法：
  dumplab analyze FILE [-c "command"]... [--json] [--lang zh-tw|en] [--host windbg|dotnet-dump] [--bits 32|64] [--runtime FILE] [-o]
      在傾印（.dmp、ELF core 或 public/sample-dumps 裡的資料夾）上執行指令；沒有 -c 時進入互動提示，
      有歷史記錄與補齊（Tab），輸入 q 離開。--json：每道指令輸出一個 JSON 物件。
      --host、--bits：扮演哪一種偵錯工具，位元數預設與傾印相同；32 位元的 WinDbg 會拒絕 64 位元的傾印，和真正的一樣。
      --runtime：該處理序所用的 coreclr.dll 或 libcoreclr.so，供缺少其頁面的堆積傾印使用。
      --symbols：顯示原始碼行號用的可攜式 PDB，可給檔案或資料夾；組建不同的會拒絕，不會下載任何東西。
      -o、--overwrite：指令寫出的檔案（.logopen、!traverseheap、.dump 等）可以覆寫既有檔案。
      結束代碼：0 全部成功，1 有指令失敗，2 檔案無法開啟。
  dumplab trim IN OUT [--commands FILE]
      寫出較小但仍有效的傾印：保留指令讀得到的內容，去掉作業系統的映像、沒讀到的頁面、全為零的頁面與環境變數區塊。
      --commands：一個檔案，其中指令所讀的內容也會保留。
  dumplab verify-certificate FILE [--dumps DIRECTORY] [--lang zh-tw|en]
      把課程證書上寫的事重做一次：評答案，並在範例傾印上執行指令。
      結束代碼：0 全部成立，1 有不成立的，2 檔案不是證書。
  dumplab --help [--lang zh-tw|en]
`,
};
