import { spawn } from 'node:child_process';
import { test } from 'vitest';
import { supervisor } from '../../src/runner/process/supervisor.ts';
import { processesWith } from '../kit/programs/processes.ts';
import { waitFor } from '../kit/wait.ts';

// Starts a program as a gateway does, and hears nothing of what the supervisor says.
const deaf = `
const [script, order] = process.argv.slice(1);
const child = require('node:child_process').spawn('python3', ['-I', '-S', '-c', script, 'supervisor', '10000'], {
  detached: true,
  stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
});
child.stdio[3].write(order);
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
`;

test('the program of a gateway that is killed before it has read what the supervisor says is ended', async () => {
  const seconds = `600.${process.pid}`;
  const order = JSON.stringify({ file: 'sleep', args: [seconds], env: { PATH: process.env.PATH ?? '' } });
  const gateway = spawn(process.execPath, ['-e', deaf, supervisor, `${order}\n`], { stdio: 'ignore' });
  const programs = (): Promise<number[]> =>
    processesWith('cmdline', (text) => text === ['sleep', seconds, ''].join('\0'));
  await waitFor('The program', async () => (await programs()).length === 1);
  gateway.kill('SIGKILL');
  await waitFor('The end of the program', async () => (await programs()).length === 0, 20_000);
});
