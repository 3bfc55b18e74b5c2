import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { run } from './program.ts';

export interface Redis {
  readonly port: number;
  readonly version: string;
  stop(): void;
}

/** A Redis that is soon full and evicts nothing: the settings behind the flagship case. */
export async function startRedis(server: string, port = 6399): Promise<Redis> {
  const version = /v=(\S+)/.exec(run(server, ['--version']))?.[1] ?? 'unknown';
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--maxmemory', '6mb', '--maxmemory-policy', 'noeviction', '--save', '', '--appendonly', 'no', '--dir', '/tmp'];
  // INFO reports the server's own path, and a client keeps INFO: argv0 decides what the dump shows.
  const child = spawn(server, settings, { stdio: 'ignore', argv0: '/usr/bin/redis-server' });
  for (let attempt = 0; ; attempt++) {
    if (await answers(port)) break;
    if (attempt === 50 || child.exitCode !== null) throw new Error(`${server} does not answer on port ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { port, version, stop: () => void child.kill('SIGTERM') };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.once('data', (reply) => {
      socket.destroy();
      resolve(reply.toString().startsWith('+PONG'));
    });
    socket.once('error', () => resolve(false));
  });
}
