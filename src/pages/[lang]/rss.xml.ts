import rss from '@astrojs/rss';
import type { APIRoute } from 'astro';
import { getCollection } from 'astro:content';

export function getStaticPaths() {
  return [{ params: { lang: 'en' } }, { params: { lang: 'zh-tw' } }];
}

/** Every article of a language, newest check first. */
export const GET: APIRoute = async ({ params, site }) => {
  const lang = params['lang'] === 'zh-tw' ? 'zh-tw' : 'en';
  const base = import.meta.env.BASE_URL.replace(/\/$/, '');
  const pages = (await getCollection('docs')).filter(({ id, data }) => id.startsWith(`${lang}/`) && data.updated);
  const items = pages.map(({ id, data }) => ({ title: data.title, description: data.description ?? '', pubDate: data.updated, link: `${base}/${id}/` }));
  items.sort((a, b) => (b.pubDate?.getTime() ?? 0) - (a.pubDate?.getTime() ?? 0) || (a.link < b.link ? -1 : 1));
  return rss({
    title: lang === 'en' ? 'DumpLab' : 'DumpLab 傾印實驗室',
    description: lang === 'en' ? 'Learn to debug .NET memory dumps by doing it.' : '動手學 .NET 記憶體傾印除錯。',
    site: new URL(`${base}/`, site).href, items, customData: `<language>${lang === 'en' ? 'en' : 'zh-TW'}</language>`,
  });
};
