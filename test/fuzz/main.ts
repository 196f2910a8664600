// npm run fuzz -- [--documents N] [--seed S]: sends arbitrary documents to a gateway of its own. Without a
// seed it draws one; the tests always take the same.
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { documents: { type: 'string', default: '100000' }, seed: { type: 'string' } },
});
const tests = ['--config', 'test/vitest.config.ts', '--project', 'embedded-slow', 'test/fuzz'];
const seed = values.seed ?? String(Math.floor(Math.random() * 2 ** 31));
spawn('npx', ['vitest', 'run', ...tests, '--disable-console-intercept'], {
  stdio: 'inherit',
  env: { ...process.env, FUZZ_DOCUMENTS: values.documents, FUZZ_SEED: seed },
}).on('exit', (code) => {
  process.exitCode = code ?? 1;
});
