import { execa } from 'execa';
import { signalGroup } from '../../lib/processes/process-group.ts';
import { inheritedEnvironment, type Environment } from '../environment.ts';

/** A failure of git, in a sentence without credentials. */
export class GitFailed extends Error {
  override name = 'GitFailed';
}

/** Git was ended because nobody waits for it any more. */
export class GitStopped extends Error {
  override name = 'GitStopped';
}

/** How git reaches a repository. */
export interface GitAccess {
  /** The source of inherited variables. */
  baseEnv: Environment;
  /** Protocols that it may use, such as `https`. */
  protocols: readonly string[];
  /** What it may show, opened; null when the repository needs nothing. */
  credential: { header: string } | { keyFile: string } | null;
  /** Texts that must not appear in a message. */
  secrets: readonly string[];
}

interface GitCommand {
  args: readonly string[];
  timeoutMs: number;
  access: GitAccess;
  /** Further variables, such as `GIT_INDEX_FILE`. */
  env?: Record<string, string>;
  /** Most bytes of its output. */
  maxOutput?: number;
  /** Ends git early. */
  signal?: AbortSignal | undefined;
}

/** How long git may take to end when it is asked to, in milliseconds. */
const forceMs = 2000;

/** The most characters of what git says that are told. */
const longestMessage = 500;

/**
 * Runs git: without any configuration of the machine, of the user and of hooks, so that no program starts but git and ssh;
 * without asking anybody; and with the credential in its environment, not among its arguments.
 *
 * @returns what it writes to its standard output
 * @throws GitFailed; GitStopped when the signal ends it
 */
export async function runGit(command: GitCommand): Promise<string> {
  const { args, timeoutMs, access, env = {}, maxOutput = 4_000_000, signal } = command;
  if (signal?.aborted === true) throw new GitStopped('git was stopped');
  const child = execa('git', [...args], {
    extendEnv: false,
    env: { ...gitEnvironment(access), ...env },
    stdin: 'ignore',
    // A group of its own: git starts programs that speak to the server, and that do not end with it.
    detached: true,
    maxBuffer: maxOutput,
    reject: false,
    stripFinalNewline: false,
  });
  const ended: { why: 'TIMEOUT' | 'STOPPED' | null } = { why: null };
  let forced: NodeJS.Timeout | undefined;
  const end = (why: 'TIMEOUT' | 'STOPPED'): void => {
    if (ended.why !== null || child.pid === undefined) return;
    ended.why = why;
    const group = child.pid;
    // Asked to end, it removes its lock files.
    signalGroup(group, 'SIGTERM');
    forced = setTimeout(() => signalGroup(group, 'SIGKILL'), forceMs);
  };
  const stop = (): void => end('STOPPED');
  const timer = setTimeout(() => end('TIMEOUT'), timeoutMs);
  signal?.addEventListener('abort', stop);
  const result = await child;
  clearTimeout(timer);
  clearTimeout(forced);
  signal?.removeEventListener('abort', stop);
  if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
  if (!result.failed) return result.stdout;
  if (ended.why === 'STOPPED') throw new GitStopped('git was stopped');
  const timedOut = ended.why === 'TIMEOUT';
  throw new GitFailed(explain(result, timedOut ? timeoutMs : null, access.secrets));
}

interface GitResult {
  code?: string | undefined;
  isMaxBuffer: boolean;
  stderr: string;
  exitCode?: number | undefined;
  signal?: string | undefined;
}

/** @param timeoutMs the time that it has had; null when it was not too long */
function explain(result: GitResult, timeoutMs: number | null, secrets: readonly string[]): string {
  if (result.code === 'ENOENT')
    return 'the program git was not found: install it on each machine with a gateway or a worker';
  if (timeoutMs !== null) return `git has not answered within ${timeoutMs / 1000} seconds`;
  if (result.isMaxBuffer) return 'git has written more than is read';
  const said = secrets
    .filter((secret) => secret !== '')
    .reduce((text, secret) => text.replaceAll(secret, '(redacted)'), result.stderr)
    // Addresses are told with their login taken out, whoever has written them there.
    .replaceAll(/:\/\/[^\s/@]+@/g, '://(redacted)@')
    .split('\n')
    .map((line) => line.replace(/^(?:fatal|error|remote): */, '').trim())
    .filter((line) => line !== '')
    .join('; ');
  if (said === '') return `git ended with ${result.signal ?? `code ${result.exitCode ?? 'unknown'}`}`;
  return said.length > longestMessage ? `${said.slice(0, longestMessage)}…` : said;
}

/** Settings that let git start no other program and write no more than it is told. */
const settings: readonly [string, string][] = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.symlinks', 'false'],
  ['core.askPass', ''],
  ['credential.helper', ''],
  ['submodule.recurse', 'false'],
  ['http.followRedirects', 'false'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['safe.directory', '*'],
];

function gitEnvironment({ baseEnv, protocols, credential }: GitAccess): Record<string, string> {
  const config = [
    ...settings,
    ...(credential !== null && 'header' in credential
      ? ([['http.extraHeader', credential.header]] as const)
      : []),
  ];
  const named = config.flatMap(([key, value], i): [string, string][] => [
    [`GIT_CONFIG_KEY_${i}`, key],
    [`GIT_CONFIG_VALUE_${i}`, value],
  ]);
  const key =
    credential !== null && 'keyFile' in credential
      ? ` -o IdentitiesOnly=yes -i '${credential.keyFile.replaceAll("'", String.raw`'\''`)}'`
      : '';
  return {
    ...inheritedEnvironment(baseEnv),
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_COUNT: String(config.length),
    ...Object.fromEntries(named),
    GIT_ALLOW_PROTOCOL: protocols.join(':'),
    GIT_PROTOCOL_FROM_USER: '0',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    SSH_ASKPASS: '',
    GIT_SSH_COMMAND: `ssh -o BatchMode=yes -o StrictHostKeyChecking=yes${key}`,
    GIT_LFS_SKIP_SMUDGE: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_ATTR_NOSYSTEM: '1',
  };
}
