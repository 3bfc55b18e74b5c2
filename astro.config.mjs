import { satteri } from '@astrojs/markdown-satteri';
import starlight from '@astrojs/starlight';
import { defineConfig } from 'astro/config';
import { contentSecurityPolicy } from './src/site/csp.ts';
import { glossaryTerms } from './src/site/glossary-terms.ts';
import { offlineUse } from './src/site/offline.ts';
import { windbgGrammar } from './src/site/windbg-grammar.ts';

const both = (en, zhTw) => ({ label: en, translations: { 'zh-TW': zhTw } });
const base = (process.env.DUMPLAB_BASE ?? '/').replace(/\/?$/, '/');
const group = (en, zhTw, directory) => ({ ...both(en, zhTw), items: [{ autogenerate: { directory } }] });

export default defineConfig({
  site: process.env.DUMPLAB_SITE ?? 'https://dumplab.example',
  base,
  trailingSlash: 'always',
  devToolbar: { enabled: false },
  markdown: { processor: satteri({ hastPlugins: [glossaryTerms(base)], features: { headingAttributes: true, smartPunctuation: false } }) },
  integrations: [
    starlight({
      title: { en: 'DumpLab', 'zh-TW': 'DumpLab 傾印實驗室' },
      description: 'Learn to debug .NET memory dumps by doing it, in your browser.',
      favicon: '/favicon.svg',
      logo: { src: './src/assets/logo.svg', replacesTitle: false },
      defaultLocale: 'en',
      locales: { en: { label: 'English', lang: 'en' }, 'zh-tw': { label: '繁體中文', lang: 'zh-TW' } },
      customCss: ['./src/styles/site.css', './src/styles/terminal.css', './src/styles/course.css', './src/styles/reference.css'],
      components: { Head: './src/components/Head.astro', PageTitle: './src/components/PageTitle.astro', Footer: './src/components/Footer.astro' },
      expressiveCode: { defaultProps: { wrap: true }, shiki: { langs: [windbgGrammar] }, themes: ['github-dark-default', 'github-light-default'], styleOverrides: { borderRadius: '0.5rem' } },
      lastUpdated: false,
      credits: false,
      sidebar: [
        { ...both('Lab: open a dump', '實驗室：開啟傾印'), slug: 'lab' },
        { ...both('Evidence notebook', '證據筆記本'), slug: 'notebook' },
        group('Guide: the Redis case', '實戰教學：Redis 案例', 'guide'),
        group('Knowledge base', '知識庫', 'kb'),
        { ...both('Reference', '參考資料'), items: [{ ...both('Commands', '指令'), link: '/reference/commands/' }, { autogenerate: { directory: 'reference' } }] },
        group('Course', '課程', 'course'),
        { ...both('Offline use', '離線使用'), slug: 'offline' },
      ],
    }),
    contentSecurityPolicy(),
    offlineUse(),
  ],
  vite: { worker: { format: 'es' }, build: { chunkSizeWarningLimit: 900 } },
});
