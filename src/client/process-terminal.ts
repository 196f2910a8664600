import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { UsageError } from './arguments.ts';
import type { Terminal } from './session.ts';

/** The parts of a process that are used here. */
type Program = Pick<NodeJS.Process, 'stdin' | 'stdout' | 'stderr' | 'on' | 'off' | 'emit' | 'exit'>;

/** The terminal, or the pipes, of a process. */
export function processTerminal(program: Program): Terminal {
  // Whoever reads the output has heard enough.
  program.stdout.on('error', () => program.exit(0));
  return {
    print: (line) => void program.stdout.write(`${line}\n`),
    say: (line) => void program.stderr.write(`${line}\n`),
    isInteractive: program.stdin.isTTY && program.stderr.isTTY,
    confirm: async (question) => {
      const lines = createInterface({ input: program.stdin, output: program.stderr });
      // While it asks, the terminal gives it Ctrl-C, and not the program.
      lines.on('SIGINT', () => program.emit('SIGINT'));
      const answer = await lines.question(`${question} [y/N] `).finally(() => lines.close());
      return /^y(?:es)?$/i.test(answer.trim());
    },
    onInterrupt: (act) => {
      program.on('SIGINT', act);
      return () => program.off('SIGINT', act);
    },
    read: async (file) => {
      if (file === '-') return text(program.stdin);
      return readFile(file, 'utf8').catch(() => {
        throw new UsageError(`The file ${file} cannot be read.`);
      });
    },
  };
}
