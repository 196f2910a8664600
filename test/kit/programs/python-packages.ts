import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { findPython } from '../../../src/demo/find-python.ts';
import { installEnvironment } from '../../../src/demo/install-meltano.ts';
import { withLock } from '../../../src/demo/lock.ts';
import { home } from '../set-up/home.ts';

/**
 * Makes a virtual environment with the packages of a pinned list, and keeps it for the next run of the tests.
 *
 * @returns the directory of its programs, such as `python`
 */
export async function pythonPackages(requirements: string): Promise<string> {
  const python = await findPython(process.env);
  if ('missing' in python) throw new Error(python.missing);
  const digest = createHash('sha256')
    .update(await readFile(requirements))
    .update(python.executable);
  const directory = join(home, `python-${digest.digest('hex').slice(0, 12)}`);
  const ready = join(directory, 'ready');
  await mkdir(home, { recursive: true });
  await withLock({ file: `${directory}.lock`, onWait: () => undefined }, async () => {
    if (
      await access(ready).then(
        () => true,
        () => false,
      )
    )
      return;
    await rm(directory, { recursive: true, force: true });
    const env = installEnvironment(process.env);
    await execa(python.executable, ['-I', '-m', 'venv', directory], { env, extendEnv: false });
    const pip = ['-I', '-m', 'pip', 'install', '--quiet', '--requirement', requirements];
    await execa(join(directory, 'bin/python'), pip, { env, extendEnv: false });
    await writeFile(ready, '');
  });
  return join(directory, 'bin');
}
