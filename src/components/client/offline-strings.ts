import { OfflineError } from '../../offline/store.ts';
import { sizeText } from '../../offline/manifest.ts';
import type { Lang } from '../../lib/bytes/index.ts';

/** Texts of saving for offline use. */
export const OFFLINE = {
  en: {
    save: (size: string) => `Save this page for offline use (${size})`, update: (size: string) => `Update the saved page (${size} in all)`, remove: 'Delete from this device',
    saved: (size: string) => `Saved on this device: page, terminal and dump work without a network (${size}).`, stale: 'A saved copy is here; the site has a newer version of it.', removed: 'Deleted from this device.',
    saving: (done: string, total: string) => `${done} of ${total}`, all: (size: string) => `Save everything of the course (${size})`, allSaved: 'Everything of the course is saved.',
    total: (pages: number, size: string) => `${pages} ${pages === 1 ? 'page' : 'pages'}, ${size} together; what several pages need is counted once.`, own: (size: string, all: string) => `${all}, of it ${size} for this page alone`,
    outdated: 'newer version on the site', persisted: 'The browser has promised not to drop it.', notPersisted: 'The browser may drop it when space runs low.',
    missed: (path: string) => `You are offline, and ${path} is not saved on this device. Below is what is.`, offline: 'You are offline: saving needs a network.',
    unavailable: 'This browser does not keep pages for offline use here: service workers are off (as in some private windows), or the site is not served over HTTPS. Everything else works.',
    errors: {
      quota: ({ needed, free }: OfflineError) => `There is no room: ${sizeText(needed)} are needed, and this browser lets the site keep ${free > 0 ? `only ${sizeText(free)} more` : 'no more'}. Delete saved pages or free space on the device.`,
      network: () => 'Something could not be fetched. Check the connection and save again; nothing half-saved was kept.', changed: () => 'The site was published anew in the meantime. Reload the page and save again.', cancelled: () => 'Cancelled.',
    },
  },
  'zh-tw': {
    save: (size: string) => `儲存本頁供離線使用（${size}）`, update: (size: string) => `更新已存的頁面（共 ${size}）`, remove: '從這台裝置刪除',
    saved: (size: string) => `已存在這台裝置上：沒有網路也能看頁面、開終端機、讀傾印（${size}）。`, stale: '這台裝置上存的是舊版，網站已有新版。', removed: '已從這台裝置刪除。',
    saving: (done: string, total: string) => `${done}／${total}`, all: (size: string) => `儲存整個課程（${size}）`, allSaved: '整個課程都已存好。',
    total: (pages: number, size: string) => `${pages} 頁，合計 ${size}；多頁共用的檔案只算一次。`, own: (size: string, all: string) => `${all}，其中 ${size} 只有這一頁用到`,
    outdated: '網站已有新版', persisted: '瀏覽器已承諾不會自行清除。', notPersisted: '空間不足時，瀏覽器可能會清除它們。',
    missed: (path: string) => `目前離線，而 ${path} 沒有存在這台裝置上。以下是已存的頁面。`, offline: '目前離線：儲存需要網路。',
    unavailable: '這個瀏覽器在這裡無法保存離線頁面：Service Worker 未啟用（例如某些私密視窗），或網站不是以 HTTPS 提供。其他功能不受影響。',
    errors: {
      quota: ({ needed, free }: OfflineError) => `空間不足：需要 ${sizeText(needed)}，而瀏覽器${free > 0 ? `只讓本站再存 ${sizeText(free)}` : '不讓本站再存'}。請刪除已存的頁面，或清出裝置空間。`,
      network: () => '有檔案無法下載。請檢查網路連線後再存一次；沒存完的部分不會留下。', changed: () => '網站在這段時間內更新了。請重新載入頁面後再存一次。', cancelled: () => '已取消。',
    },
  },
} as const;

export function offlineErrorText(error: unknown, lang: Lang): string {
  return error instanceof OfflineError ? OFFLINE[lang].errors[error.reason](error) : String(error);
}
