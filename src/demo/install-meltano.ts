import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import type { Environment } from './find-python.ts';
import { explainInstallFailure } from './install-failure.ts';

/** The options of `installMeltano`. */
export interface InstallOptions {
  /** The interpreter that makes the virtual environment. */
  python: string;
  /** The directory of the virtual environment. It must not exist. */
  target: string;
  /** The pinned list of packages. */
  requirements: string;
  /** The file for pip's output. */
  logFile: string;
  baseEnv: Environment;
  log: (line: string) => void;
  signal: AbortSignal | undefined;
}

/**
 * Variables that would make pip or Python use another environment than the new one, or forget what Python compiles: all
 * that is started later would compile it again, which takes three times as long as the start itself.
 */
const misleading = [
  'PYTHONHOME',
  'PYTHONPATH',
  'VIRTUAL_ENV',
  '__PYVENV_LAUNCHER__',
  'PIP_USER',
  'PIP_TARGET',
  'PIP_PREFIX',
  'PIP_ROOT',
  'PYTHONDONTWRITEBYTECODE',
];

/** Variables of pip, and how uv calls what they mean. */
const alsoForUv = {
  PIP_INDEX_URL: 'UV_DEFAULT_INDEX',
  PIP_EXTRA_INDEX_URL: 'UV_INDEX',
  PIP_TRUSTED_HOST: 'UV_INSECURE_HOST',
  PIP_CERT: 'SSL_CERT_FILE',
};

/**
 * The variables for an installation: the caller's, so that pip and uv keep the index, the proxy and the
 * certificates, without those that would make it install to another place. What is said for pip alone counts for uv, too.
 */
export function installEnvironment(baseEnv: Environment): Environment {
  const kept = Object.entries(baseEnv).filter(([name]) => !misleading.includes(name));
  const forUv = Object.entries(alsoForUv).map(([pip, uv]) => [uv, baseEnv[pip]] as const);
  // With pip's own five retries, a start without a network would wait for more than half a minute.
  return {
    PIP_RETRIES: '2',
    UV_HTTP_RETRIES: '2',
    ...Object.fromEntries(forUv.filter(([, value]) => value !== undefined)),
    ...Object.fromEntries(kept),
    PIP_NO_INPUT: '1',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
  };
}

// Python compiles what is used when it is first used, and most of these packages never is.
const pipInstall = ['-I', '-m', 'pip', 'install', '--no-compile', '--no-color', '--progress-bar=off'];
const uvInstall = ['pip', 'install', '--no-progress', '--color=never'];

/**
 * Makes a virtual environment, installs the list of packages in it, and then starts Meltano once. Answers
 * undefined on success, otherwise one line that says why it failed. Rejects with the signal's reason when
 * aborted.
 */
export async function installMeltano(options: InstallOptions): Promise<string | undefined> {
  const { python, target, requirements, logFile, log } = options;
  const output: string[] = [];
  const run = (command: string, args: string[]) => runLogged(command, args, options, output);
  const inTarget = (program: string) => path.join(target, 'bin', program);

  try {
    log(`Making a virtual environment in ${target}`);
    if (!(await run(python, ['-I', '-m', 'venv', target]))) {
      return explainInstallFailure('The virtual environment for Meltano', output.join('\n'), logFile);
    }

    const packages = (await readFile(requirements, 'utf8')).split('\n').filter((line) => /^\w/.test(line));
    const version = (name: string) => packages.find((line) => line.startsWith(`${name}==`)) ?? name;
    log(`Installing ${version('meltano')} and the packages it needs: about ten seconds, only this once`);
    const pip = (...what: string[]) => run(inTarget('python'), [...pipInstall, ...what]);
    const uv = () => run(inTarget('uv'), [...uvInstall, '--python', inTarget('python'), '-r', requirements]);
    // Meltano needs uv, too, and installs plugins by it. What uv cannot do, as where only a file of pip names the index,
    // pip does in three times the time.
    if (!(await pip(version('uv'))) || !((await uv()) || (await pip('--requirement', requirements)))) {
      return explainInstallFailure('Meltano', output.join('\n'), logFile);
    }

    // `--version` loads most of Meltano, so it fails when a package is missing or does not fit the platform.
    if (!(await run(inTarget('meltano'), ['--version']))) {
      return `Meltano is installed but does not start. The whole output is in ${logFile}.`;
    }
    return undefined;
  } finally {
    await writeFile(logFile, output.join('\n') + '\n');
  }
}

async function runLogged(
  command: string,
  args: string[],
  { baseEnv, target, signal }: InstallOptions,
  output: string[],
): Promise<boolean> {
  const running = execa(command, args, {
    // Outside of any project, because Meltano and pip look for their files in the working directory.
    cwd: path.dirname(target),
    env: { ...installEnvironment(baseEnv), MELTANO_CLI_DISABLE_VERSION_CHECK: '1' },
    extendEnv: false,
    all: true,
    reject: false,
    stdin: 'ignore',
    ...(signal && { cancelSignal: signal }),
  });
  output.push(`$ ${[command, ...args].join(' ')}`);
  for await (const line of running.iterable({ from: 'all' })) output.push(line);
  const result = await running;
  signal?.throwIfAborted();
  if (result.failed && result.exitCode === undefined) output.push(`ERROR ${result.shortMessage}`);
  return !result.failed;
}
