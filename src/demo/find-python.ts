import { execa } from 'execa';

/** The environment of a child process. */
export type Environment = Record<string, string | undefined>;

/** A Python that can make the virtual environment for Meltano. */
export interface Python {
  /** Absolute path of the interpreter. */
  executable: string;
  /** Such as `3.12.4`. */
  version: string;
}

interface Probe extends Python {
  minor: number;
  supported: boolean;
  venv: boolean;
}

const oldestMinor = 10;
/** The newest Python for which the pinned packages are known to have wheels. */
const newestMinor = 14;

const candidates = [
  'python3',
  ...range(newestMinor, oldestMinor).map((minor) => `python3.${minor}`),
  'python',
];

// Debian moves `ensurepip` from Python to the package python3-venv, but `venv` itself stays.
const script = `
import json, sys
try:
    import ensurepip, venv
    usable = True
except ImportError:
    usable = False
print(json.dumps([sys.executable, list(sys.version_info[:3]), usable]))
`;

/**
 * Finds a Python >= 3.10 that can make virtual environments: the one that the variable `PYTHON` names,
 * otherwise the first on the PATH, where tested versions come first. When there is none, it answers one line
 * that says what is missing. (Meltano itself requires 3.10: `Requires-Python: >=3.10` in its package
 * metadata.)
 */
export async function findPython(
  baseEnv: Environment,
  signal?: AbortSignal,
): Promise<Python | { missing: string }> {
  const named = baseEnv.PYTHON;
  const probes: Probe[] = [];
  for (const command of named ? [named] : candidates) {
    const probe = await ask(command, baseEnv, signal);
    if (probe) probes.push(probe);
    if (probe?.supported && probe.venv && probe.minor <= newestMinor) return probe;
  }

  const supported = probes.filter((probe) => probe.supported);
  const usable = supported.find((probe) => probe.venv);
  if (usable) return usable;
  return { missing: whatIsMissing(named, probes, supported) };
}

function whatIsMissing(named: string | undefined, probes: Probe[], supported: Probe[]): string {
  const [withoutVenv] = supported;
  if (withoutVenv) {
    return (
      `Meltano needs Python's venv module, which ${withoutVenv.executable} (${withoutVenv.version}) does not have: ` +
      'install it (Debian and Ubuntu: apt-get install python3-venv) and start again.'
    );
  }
  const remedy = `install Python 3.${oldestMinor} or newer, or name one in the variable PYTHON, and start again.`;
  const [old] = probes;
  if (old) return `Meltano needs Python 3.${oldestMinor}, and ${old.executable} is ${old.version}: ${remedy}`;
  if (named)
    return `Meltano needs Python, and ${named}, named by the variable PYTHON, does not start: ${remedy}`;
  return `Meltano needs Python, and there is none on the PATH: ${remedy}`;
}

async function ask(
  command: string,
  env: Environment,
  cancelSignal?: AbortSignal,
): Promise<Probe | undefined> {
  // -I: the caller's Python settings must not influence the answer.
  const { failed, stdout } = await execa(command, ['-I', '-c', script], {
    env,
    extendEnv: false,
    reject: false,
    timeout: 10_000,
    stdin: 'ignore',
    ...(cancelSignal && { cancelSignal }),
  });
  cancelSignal?.throwIfAborted();
  if (failed) return undefined;
  const answer = parse(stdout);
  if (!answer) return undefined;
  const [executable, [major, minor, patch], venv] = answer;
  return {
    executable,
    version: `${major}.${minor}.${patch}`,
    minor,
    supported: major === 3 && minor >= oldestMinor,
    venv,
  };
}

type Answer = [string, [number, number, number], boolean];

function parse(stdout: string): Answer | undefined {
  try {
    return JSON.parse(stdout) as Answer;
  } catch {
    return undefined; // A wrapper such as that of pyenv prints its own text and may still exit with 0.
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: from - to + 1 }, (_, index) => from - index);
}
