import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AstroIntegration } from 'astro';

/**
 * Finishes every built page: a strict Content-Security-Policy with nothing but this origin. Inline scripts, styles and style
 * attributes are those of the build, by their hashes; nothing inline that a script adds is allowed (xterm.js writes styles
 * through `strict-document.ts`). Pagefind needs WebAssembly.
 */
export function contentSecurityPolicy(): AstroIntegration {
  return {
    name: 'content-security-policy',
    hooks: {
      'astro:build:done': ({ dir }) => {
        for (const file of htmlFiles(fileURLToPath(dir))) writeFileSync(file, withPolicy(readFileSync(file, 'utf8')));
      },
    },
  };
}

function htmlFiles(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((e) => {
    const path = join(directory, e.name);
    return e.isDirectory() ? htmlFiles(path) : e.name.endsWith('.html') ? [path] : [];
  });
}

/** The page with its policy in a meta element, right behind the charset. */
export function withPolicy(html: string): string {
  const scripts = new Set<string>();
  for (const [, attributes, code] of html.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script>/g)) {
    if (/\bsrc=/.test(attributes) || code === '' || /type="application\/(ld\+)?json"/.test(attributes)) continue;
    scripts.add(hashOf(code));
  }
  const styles = new Set<string>();
  for (const [, css] of html.matchAll(/<style\b[^>]*>([\s\S]*?)<\/style>/g)) styles.add(hashOf(css));
  // Attributes of the body of scripts and templates cost a hash that nobody needs, and no more.
  const attributes = new Set<string>();
  for (const [, css] of html.matchAll(/<[a-z][^<>]*?\sstyle="([^"]*)"/gi)) attributes.add(hashOf(decode(css)));
  const styleSource = ["'self'", ...styles, ...(attributes.size ? ["'unsafe-hashes'", ...attributes] : [])].join(' ');
  const policy = [
    "default-src 'self'", `script-src 'self' 'wasm-unsafe-eval' ${[...scripts].join(' ')}`.trim(), `style-src ${styleSource}`,
    "img-src 'self' data:", "font-src 'self'", "connect-src 'self'", "worker-src 'self'", "object-src 'none'", "base-uri 'none'", "form-action 'none'",
  ].join('; ');
  return html.replace(/<meta charset="?utf-8"?\s*\/?>/i, (charset) => `${charset}<meta http-equiv="Content-Security-Policy" content="${policy}">`);
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** The attribute's value as the browser hashes it. */
function decode(attribute: string): string {
  return attribute.replace(/&quot;/g, '"').replace(/&#39;/g, "'").replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');
}
