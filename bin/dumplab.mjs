#!/usr/bin/env node
// Node runs the TypeScript sources as they are from version 22.18 on; older ones hand over to the Node among the dependencies.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major > 22 || (major === 22 && minor >= 18)) {
  // Types stripped and code compiled once, not at every start: kept in the system's folder for temporary files.
  const { enableCompileCache } = await import('node:module');
  enableCompileCache();
  const { main } = await import('../src/cli/main.ts');
  process.exitCode = await main(process.argv.slice(2));
} else {
  const newer = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
  if (!existsSync(newer)) {
    console.error(`dumplab needs Node 22.18 or newer (this is ${process.versions.node}); run npm ci first, which brings one along`);
    process.exitCode = 1;
  } else process.exitCode = spawnSync(newer, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1;
}
