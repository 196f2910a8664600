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

// The package contains it for the built program.
const requirements = packageFile('src/demo/requirements.txt');

/** The options of `provisionMeltano`. */
export interface ProvisionOptions {
  /**
   * The directory that keeps the virtual environment between starts. It is created when it does not exist.
   */
  home: string;
  /** The variables for Python and pip: PATH, proxies, `PIP_INDEX_URL` and others. `PYTHON` names a Python. */
  baseEnv: Environment;
  /** Gets a line for each step. Nothing is logged when everything is already there. */
  log: (line: string) => void;
  /** Stops the work; the promise then rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** The path of Meltano, or one line that says what is missing and what to do. */
export type Provisioned = { executable: string } | { missing: string };

/**
 * Makes sure that the pinned Meltano is installed in its own virtual environment under `home`.
 *
 * Each attempt builds in a new directory. `ready.json` is written last and names the complete one. So an
 * incomplete environment is never used, and a pip that survives its killed parent writes to a directory that
 * is not used. Two processes at the same time take turns. A complete environment is used until the
 * requirements, its Python or its place change; then it is made again.
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

/** The executable of a complete and current environment. It reads two small files and starts no process. */
async function findReady(directory: string): Promise<string | undefined> {
  try {
    const text = await readFile(path.join(directory, 'ready.json'), 'utf8');
    const ready = JSON.parse(text) as { environment: string; stamp: string };
    const target = path.join(directory, ready.environment);
    if ((await stamp(target)) !== ready.stamp) return undefined;
    return await realpath(path.join(target, 'bin', 'meltano'));
  } catch {
    return undefined; // Missing or not readable: in both cases it must be made.
  }
}

/**
 * A digest of everything on which an environment depends. A virtual environment contains absolute paths and
 * links to its Python. So it breaks when it is moved, and when the system's Python is replaced.
 */
async function stamp(target: string): Promise<string> {
  const python = await realpath(path.join(target, 'bin', 'python'));
  const hash = createHash('sha256').update(await readFile(requirements));
  return hash.update(`\n${python}\n${target}`).digest('hex');
}

function isFileError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}
