import { createRequire } from 'node:module';
import { posix } from 'node:path';
import { Worker } from 'node:worker_threads';

/**
 * Starts a file of this program in a thread of its own. The build makes an entry of each such file.
 *
 * @param file its path without the ending, from the file that starts it
 * @param from `import.meta.url` of that file
 * @param data what the thread finds as `workerData`
 */
export function startThread(file: string, from: string, data: unknown = null): Worker {
  // The build has all its files in one folder.
  if (!from.endsWith('.ts')) {
    return new Worker(new URL(`${posix.basename(file)}.js`, from), { workerData: data });
  }
  // Node reads TypeScript with the help of tsx, in each thread anew.
  const tsx = createRequire(from)
    .resolve('tsx/esm/api')
    .replace(/\.cjs$/, '.mjs');
  const entry = new URL(`${file}.ts`, from).href;
  const script = `import(${JSON.stringify(tsx)}).then(({ register }) => (register(), import(${JSON.stringify(entry)})))`;
  return new Worker(script, { eval: true, workerData: data });
}
