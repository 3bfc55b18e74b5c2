import { createInterface } from 'node:readline/promises';
import { isUnfinished, joinBlock } from '../lib/engine/index.ts';
import type { Engine } from '../lib/engine/index.ts';
import { LEAVE } from './main.ts';
import { runAndPrint } from './printer.ts';
import type { PrintOptions } from './printer.ts';

/** Reads commands until q or the end of input; history and completion come from the terminal and the engine. */
export async function repl(engine: Engine, options: PrintOptions): Promise<void> {
  const terminal = process.stdin.isTTY === true;
  const input = createInterface({
    input: process.stdin, output: process.stdout, terminal, historySize: 500,
    completer: (text: string): [string[], string] => {
      const { from, items } = engine.complete(text, text.length);
      return [items.map((item) => text.slice(0, from) + item), text];
    },
  });
  // At a terminal Ctrl+C is a key, which the line reader takes: it stops the command, or empties the line.
  let running = false;
  input.on('SIGINT', () => {
    if (running) process.emit('SIGINT');
    else {
      block = '';
      input.setPrompt(engine.prompt);
      process.stdout.write('^C\n');
      input.write(null, { ctrl: true, name: 'e' });
      input.write(null, { ctrl: true, name: 'u' });
      input.prompt();
    }
  });
  // A block that is still open goes on in the next line.
  let block = '';
  let closed = false;
  input.once('close', () => {
    closed = true;
  });
  const ask = () => {
    if (closed) return;
    input.setPrompt(engine.prompt);
    input.prompt();
  };
  ask();
  for await (const text of input) {
    const command = joinBlock(block, text.trim());
    block = isUnfinished(command) ? command : '';
    if (block) {
      input.setPrompt('... ');
      input.prompt();
      continue;
    }
    if (LEAVE.has(command.toLowerCase())) break;
    running = true;
    if (command) await runAndPrint(engine, command, options);
    running = false;
    ask();
  }
  input.close();
}
