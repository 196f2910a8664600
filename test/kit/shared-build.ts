import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { withLock } from '../../src/demo/lock.ts';
import { buildIn, type Built } from './built.ts';

/** The program that `npm run build` makes. The first test that asks for it builds it, for all others too. */
export async function sharedBuild(): Promise<Built> {
  const directory = inject('buildDirectory');
  const main = join(directory, 'dist/main.js');
  const lock = { file: join(directory, 'lock'), onWait: () => undefined };
  await withLock(lock, () => access(main).catch(() => buildIn(directory)));
  return { directory, main };
}
