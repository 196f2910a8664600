import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, readdir, realpath, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { packageFile } from '../package-files.ts';
import type { Environment } from './find-python.ts';
import { findPython } from './find-python.ts';
import { installMeltano } from './install-meltano.ts';
import { withLock } from './lock.ts';

/** The Meltano that `requirements.txt` pins. */
export const meltanoVersion = '4.4.1';

// The package carries it along for the built program.
const requirements = packageFile('src/demo/requirements.txt');

/** What `provisionMeltano` needs. */
export interface ProvisionOptions {
  /** The directory that keeps the environment from one start to the next; made if it is not there. */
  home: string;
  /** The variables for Python and pip: PATH, proxies, `PIP_INDEX_URL` and the like; `PYTHON` names a Python. */
  baseEnv: Environment;
  /** Gets a line for each step. A start that finds everything done says nothing. */
  log: (line: string) => void;
  /** Stops the work; the promise then rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** Where Meltano is, or one line that says what is missing and what to do about it. */
export type Provisioned = { executable: string } | { missing: string };

/**
 * Makes sure that the pinned Meltano is installed in a virtual environment of its own under `home`.
 *
 * Each attempt builds in a directory of its own, and `ready.json`, written last, names the one that is whole.
 * So nothing half-made is ever used, and a pip that outlives its killed parent writes where nobody looks. Two
 * processes at once take turns. A finished environment is used again until the requirements, the Python it
 * links to or its place change; it is then made again.
 */
export async function provisionMeltano(options: ProvisionOptions): Promise<Provisioned> {
  const directory = path.resolve(options.home, `meltano-${meltanoVersion}`);
  const ready = await findReady(directory);
  if (ready) return { executable: ready };
  try {
    await mkdir(directory, { recursive: true });
    const lock = {
      file: path.join(directory, 'lock'),
      onWait: () => options.log('Another process is preparing Meltano: waiting for it'),
      signal: options.signal,
    };
    return await withLock(lock, async () => {
      const made = await findReady(directory);
      return made ? { executable: made } : await build(directory, options);
    });
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!isFileError(error)) throw error;
    return { missing: `Meltano could not be prepared in ${directory}: ${error.message}.` };
  }
}

async function build(directory: string, { baseEnv, log, signal }: ProvisionOptions): Promise<Provisioned> {
  const python = await findPython(baseEnv, signal);
  if ('missing' in python) return python;

  for (const name of await readdir(directory)) {
    if (name === 'ready.json' || name.startsWith('env-')) {
      if (name.startsWith('env-')) log('Removing an environment that is unfinished or out of date');
      await rm(path.join(directory, name), { recursive: true, force: true });
    }
  }

  const started = performance.now();
  const environment = `env-${randomBytes(4).toString('hex')}`;
  const target = path.join(directory, environment);
  log(`Using Python ${python.version} (${python.executable})`);
  const missing = await installMeltano({
    python: python.executable,
    target,
    requirements,
    logFile: path.join(directory, 'install.log'),
    baseEnv,
    log,
    signal,
  });
  if (missing !== undefined) {
    await rm(target, { recursive: true, force: true });
    return { missing };
  }

  const draft = path.join(directory, 'ready.json.new');
  await writeFile(draft, JSON.stringify({ environment, stamp: await stamp(target) }));
  await rename(draft, path.join(directory, 'ready.json'));
  log(`Meltano ${meltanoVersion} is ready (${Math.round((performance.now() - started) / 1000)} s)`);
  return { executable: path.join(target, 'bin', 'meltano') };
}

/** The executable of a whole and current environment. Reads two small files and starts no process. */
async function findReady(directory: string): Promise<string | undefined> {
  try {
    const text = await readFile(path.join(directory, 'ready.json'), 'utf8');
    const ready = JSON.parse(text) as { environment: string; stamp: string };
    const target = path.join(directory, ready.environment);
    if ((await stamp(target)) !== ready.stamp) return undefined;
    return await realpath(path.join(target, 'bin', 'meltano'));
  } catch {
    return undefined; // Not there, or not readable: either way it has to be made.
  }
}

/**
 * Everything an environment depends on. A virtual environment holds absolute paths and links to its Python,
 * so it breaks when it is moved and when the system's Python is replaced.
 */
async function stamp(target: string): Promise<string> {
  const python = await realpath(path.join(target, 'bin', 'python'));
  const hash = createHash('sha256').update(await readFile(requirements));
  return hash.update(`\n${python}\n${target}`).digest('hex');
}

function isFileError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}
