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

/**
 * The variables for an installation: the caller's, so that pip keeps its index, its proxy and its
 * certificates, without those that would make it install to another place.
 */
export function installEnvironment(baseEnv: Environment): Environment {
  const kept = Object.entries(baseEnv).filter(([name]) => !misleading.includes(name));
  // With pip's own five retries, a start without a network would wait for more than half a minute.
  return {
    PIP_RETRIES: '2',
    ...Object.fromEntries(kept),
    PIP_NO_INPUT: '1',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
  };
}

/**
 * Makes a virtual environment, installs the list of packages in it, and then starts Meltano once. Answers
 * undefined on success, otherwise one line that says why it failed. Rejects with the signal's reason when
 * aborted.
 */
export async function installMeltano(options: InstallOptions): Promise<string | undefined> {
  const { python, target, requirements, logFile, log } = options;
  const output: string[] = [];
  const run = (command: string, args: string[], onLine?: (line: string) => void) =>
    runLogged(command, args, options, output, onLine);

  try {
    log(`Making a virtual environment in ${target}`);
    if (!(await run(python, ['-I', '-m', 'venv', target]))) {
      return explainInstallFailure('The virtual environment for Meltano', output.join('\n'), logFile);
    }

    const packages = (await readFile(requirements, 'utf8')).split('\n').filter((line) => /^\w/.test(line));
    const [meltano] = packages.filter((line) => line.startsWith('meltano=='));
    log(`Installing ${meltano ?? 'meltano'} and the packages it needs: about half a minute, only this once`);
    const pip = [
      '-I',
      '-m',
      'pip',
      'install',
      // Python compiles what is used when it is first used, and most of these packages never is.
      '--no-compile',
      '--no-color',
      '--progress-bar=off',
      '--requirement',
      requirements,
    ];
    const unpacking = (line: string) => {
      if (line.startsWith('Installing collected packages')) log('Downloaded, unpacking');
    };
    if (!(await run(path.join(target, 'bin', 'python'), pip, unpacking))) {
      return explainInstallFailure('Meltano', output.join('\n'), logFile);
    }

    // `--version` loads most of Meltano, so it fails when a package is missing or does not fit the platform.
    if (!(await run(path.join(target, 'bin', 'meltano'), ['--version']))) {
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
  onLine?: (line: string) => void,
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
  for await (const line of running.iterable({ from: 'all' })) {
    output.push(line);
    onLine?.(line);
  }
  const result = await running;
  signal?.throwIfAborted();
  if (result.failed && result.exitCode === undefined) output.push(`ERROR ${result.shortMessage}`);
  return !result.failed;
}
