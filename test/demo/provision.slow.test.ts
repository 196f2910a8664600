import { chmod, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { signalGroup } from '../../src/lib/processes/process-group.ts';
import { findPython } from '../../src/demo/find-python.ts';
import { installEnvironment, installMeltano } from '../../src/demo/install-meltano.ts';
import { meltanoVersion, provisionMeltano } from '../../src/demo/provision.ts';
import { packageFile } from '../../src/package-files.ts';
import { meltanoVersion as askVersion } from '../../src/runner/meltano-version.ts';
import { temporaryDirectory } from './temporary-directory.ts';

type Home = Awaited<ReturnType<typeof temporaryDirectory>>;
const silent = () => undefined;
const requirements = packageFile('src/demo/requirements.txt');

describe('what is missing is said in one line', () => {
  let home: Home;
  beforeEach(async () => (home = await temporaryDirectory()));
  afterEach(() => home.remove());

  const missing = async (baseEnv: Record<string, string | undefined>) => {
    const answer = await provisionMeltano({ home: home.directory, baseEnv, log: silent });
    if (!('missing' in answer)) throw new Error(`found ${answer.executable}`);
    expect(answer.missing).not.toContain('\n');
    return answer.missing;
  };

  /** A program in Python's place that answers what such a Python would. */
  const pretend = async (answer: unknown) => {
    const bin = path.join(home.directory, 'bin');
    await mkdir(bin);
    await writeFile(path.join(bin, 'python3'), `#!/bin/sh\necho '${JSON.stringify(answer)}'\n`);
    await chmod(path.join(bin, 'python3'), 0o755);
    return bin;
  };

  test('no Python on the PATH', async () => {
    expect(await missing({ PATH: home.directory })).toMatch(
      /needs Python, and there is none on the PATH: install/,
    );
    expect(await missing({ PATH: '' })).toMatch(/none on the PATH/);
  });

  test('a PYTHON that does not start, even with another one on the PATH', async () => {
    const line = await missing({ ...process.env, PYTHON: '/no/such/python' });
    expect(line).toMatch(/\/no\/such\/python, named by the variable PYTHON, does not start/);
  });

  test('a Python that is too old', async () => {
    const bin = await pretend(['/usr/bin/python3', [3, 9, 2], true]);
    expect(await missing({ PATH: bin })).toMatch(/needs Python 3\.10, and \/usr\/bin\/python3 is 3\.9\.2/);
  });

  test('a Debian Python without its venv package', async () => {
    const bin = await pretend(['/usr/bin/python3', [3, 11, 2], false]);
    expect(await missing({ PATH: bin })).toMatch(/apt-get install python3-venv/);
  });

  test('a home that cannot be written', async () => {
    await writeFile(path.join(home.directory, 'file'), '');
    const answer = await provisionMeltano({
      home: path.join(home.directory, 'file'),
      baseEnv: process.env,
      log: silent,
    });
    expect(answer).toEqual({
      missing: expect.stringMatching(/could not be prepared in .*ENOTDIR/) as string,
    });
  });

  test('a package index that does not answer, which is the one that pip was told', async () => {
    const index = { PIP_INDEX_URL: 'http://127.0.0.1:9/simple', PIP_NO_CACHE_DIR: '1', PIP_RETRIES: '0' };
    expect(await missing({ ...process.env, ...index })).toMatch(
      /index does not answer or lacks it: check the network/,
    );
    const made = await readdir(path.join(home.directory, `meltano-${meltanoVersion}`));
    expect(made).toEqual(['install.log']);
  });
});

test('what uv cannot reach is installed by pip', async () => {
  const home = await temporaryDirectory();
  const file = (name: string) => path.join(home.directory, name);
  // Two of all the packages, so that Meltano is what is missing.
  const packages = (await readFile(requirements, 'utf8')).match(/^(uv|idna)==.*$/gm) ?? [];
  await writeFile(file('requirements.txt'), packages.join('\n'));
  const python = await findPython(process.env, undefined);
  if ('missing' in python) throw new Error(python.missing);
  const answer = await installMeltano({
    python: python.executable,
    target: file('env'),
    requirements: file('requirements.txt'),
    logFile: file('install.log'),
    baseEnv: { ...process.env, UV_DEFAULT_INDEX: 'http://127.0.0.1:9/simple', UV_NO_CACHE: '1' },
    log: silent,
    signal: undefined,
  });
  expect(answer).toMatch(/^Meltano is installed but does not start/);
  expect(await readFile(file('install.log'), 'utf8')).toMatch(/error: .*[^]*Successfully installed idna/i);
  await home.remove();
});

test('the index and the certificates that pip was told are those of uv, unless it was told others', () => {
  const pip = { PIP_INDEX_URL: 'https://pip', PIP_CERT: '/pip.pem' };
  expect(installEnvironment(pip)).toMatchObject({
    ...pip,
    UV_DEFAULT_INDEX: 'https://pip',
    SSL_CERT_FILE: '/pip.pem',
  });
  expect(installEnvironment({ ...pip, UV_DEFAULT_INDEX: 'https://uv' })).toMatchObject({
    UV_DEFAULT_INDEX: 'https://uv',
  });
});

describe('an environment', () => {
  let home: Home;
  let lines: string[];
  let afterLine: (line: string) => void = silent;
  let first: string;
  const directory = () => path.join(home.directory, `meltano-${meltanoVersion}`);
  const provision = () =>
    provisionMeltano({
      home: home.directory,
      baseEnv: process.env,
      log: (line) => {
        lines.push(line);
        afterLine(line);
      },
    });

  beforeAll(async () => (home = await temporaryDirectory()));
  afterAll(() => home.remove());
  beforeEach(() => (lines = []));

  test('of a start that was killed is made again, once, by two starts at the same time', async () => {
    const orphan = await startAndKill(home.directory);
    expect(await readdir(directory())).toEqual(
      expect.arrayContaining(['lock', expect.stringMatching(/^env-/)]),
    );

    // Its pip goes on until its directory is removed, and would go on to the end.
    afterLine = (line) => {
      if (line.startsWith('Removing')) signalGroup(orphan, 'SIGKILL');
    };
    const [one, two] = await Promise.all([provision(), provision()]);
    expect(one).toEqual(two);
    if (!('executable' in one)) throw new Error(one.missing);
    first = one.executable;
    expect(lines).toContain('Another process is preparing Meltano: waiting for it');
    expect(lines).toContain('Removing an environment that is unfinished or out of date');
    expect(lines.filter((line) => line.startsWith('Installing'))).toHaveLength(1);
    expect(lines.at(-1)).toMatch(/^Meltano .* is ready \(\d+ s\)$/);

    // Also what other tests do not ask the real Meltano for.
    expect(await askVersion(first, process.env)).toEqual({ version: meltanoVersion, failure: null });
    const left = (await readdir(directory())).sort();
    expect(left).toEqual([expect.stringMatching(/^env-/), 'install.log', 'ready.json']);
  });

  test('that is there is found without a process and without a word', async () => {
    // No Python and no PATH: finding it starts no process.
    const answer = await provisionMeltano({
      home: home.directory,
      baseEnv: {},
      log: (line) => lines.push(line),
    });
    expect(answer).toEqual({ executable: first });
    expect(lines).toEqual([]);
  });

  test('that was made from another list of packages is not used', async () => {
    const file = path.join(directory(), 'ready.json');
    const ready = await readFile(file, 'utf8');
    await writeFile(file, JSON.stringify({ ...(JSON.parse(ready) as object), stamp: 'of another list' }));
    const answer = await provisionMeltano({ home: home.directory, baseEnv: { PATH: '' }, log: silent });
    expect(answer).toHaveProperty('missing');
    await writeFile(file, ready);
  });

  test('is not made when the start is stopped meanwhile', async () => {
    const other = await temporaryDirectory();
    const stop = new AbortController();
    const log = (line: string) => {
      if (line.startsWith('Installing')) stop.abort(new Error('stopped'));
    };
    const stopped = provisionMeltano({
      home: other.directory,
      baseEnv: process.env,
      log,
      signal: stop.signal,
    });
    await expect(stopped).rejects.toThrow('stopped');
    expect(await readdir(path.join(other.directory, `meltano-${meltanoVersion}`))).not.toContain(
      'ready.json',
    );
    await other.remove();
  });
});

/**
 * Starts provisioning in another process and kills it, not its pip, in the middle of the installation.
 *
 * @returns the process group of its pip
 */
async function startAndKill(home: string): Promise<number> {
  const module = new URL('../../src/demo/provision.ts', import.meta.url).href;
  const program = `
    const { provisionMeltano } = await import(${JSON.stringify(module)});
    await provisionMeltano({ home: ${JSON.stringify(home)}, baseEnv: process.env, log: (line) => console.log(line) });
  `;
  const child = execa(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
    reject: false,
    stderr: 'inherit',
    detached: true,
  });
  for await (const line of child) if (line.startsWith('Installing')) child.kill('SIGKILL');
  expect((await child).signal).toBe('SIGKILL');
  return child.pid ?? NaN;
}
