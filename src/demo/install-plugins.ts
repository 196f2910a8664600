import { createHash } from 'node:crypto';
import { mkdir, readFile, realpath, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { parse } from 'yaml';
import type { Environment } from './find-python.ts';
import { explainInstallFailure } from './install-failure.ts';
import { installEnvironment } from './install-meltano.ts';
import { withLock } from './lock.ts';

/** The options of `installDemoPlugins`. */
export interface InstallPluginsOptions {
  /** The `meltano` that installs. */
  executable: string;
  /** The directory of the project. */
  project: string;
  /** The variables for Meltano, uv and pip, as for `provisionMeltano`. */
  baseEnv: Environment;
  /** Gets a line for each step. Nothing is logged when everything is already there. */
  log: (line: string) => void;
  /** Stops the work; the promise then rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** Success, or one line that says what is missing and what to do. */
export type PluginsInstalled = { installed: true } | { missing: string };

/**
 * Installs the plugins of the project that come from a package index, in the project's own `.meltano`.
 *
 * They are installed once: a marker records which packages were installed, by which Meltano and where. A
 * failure is answered as one line. Plugins without a package, such as scripts of the project, work without an
 * installation.
 */
export async function installDemoPlugins(options: InstallPluginsOptions): Promise<PluginsInstalled> {
  try {
    return await installOnce(options);
  } catch (error) {
    options.signal?.throwIfAborted();
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return { missing: `The plugins of the sample project could not be installed: ${reason}` };
  }
}

async function installOnce(options: InstallPluginsOptions): Promise<PluginsInstalled> {
  const { executable, project, log, signal } = options;
  const system = path.join(project, '.meltano');
  const marker = path.join(system, 'plugins-installed');
  const wanted = await fingerprint(project, executable);
  const isDone = async () => (await readFile(marker, 'utf8').catch(() => '')) === wanted;
  if (await isDone()) return { installed: true };

  await mkdir(system, { recursive: true });
  const lock = {
    file: path.join(system, 'plugins-installed.lock'),
    onWait: () => log('Another process is installing the plugins: waiting for it'),
    signal,
  };
  return await withLock(lock, async () => {
    if (await isDone()) return { installed: true };
    const missing = await install(options, system);
    if (missing !== undefined) return { missing };
    await writeFile(marker, wanted);
    return { installed: true };
  });
}

async function install(options: InstallPluginsOptions, system: string): Promise<string | undefined> {
  const { log } = options;
  const logFile = path.join(system, 'install.log');
  const started = performance.now();
  log('Installing the plugins of the sample project: some seconds, only this once');
  const output: string[] = [];
  try {
    // Meltano installs by uv. What uv cannot do, as where only a file of pip names the index, pip does in many times the time.
    const isInstalled =
      (await callMeltano(options, system, output)) ||
      (await callMeltano(options, system, output, { MELTANO_VENV_BACKEND: 'virtualenv' }));
    if (!isInstalled)
      return explainInstallFailure('The plugins of the sample project', output.join('\n'), logFile);
  } finally {
    await writeFile(logFile, output.join('\n') + '\n');
  }
  log(`The plugins are ready (${Math.round((performance.now() - started) / 1000)} s)`);
  return undefined;
}

/** Calls `meltano install`. @returns whether it has succeeded */
async function callMeltano(
  { executable, project, baseEnv, log, signal }: InstallPluginsOptions,
  system: string,
  output: string[],
  further: Environment = {},
): Promise<boolean> {
  const running = execa(executable, ['install'], {
    cwd: project,
    env: { ...meltanoEnvironment(baseEnv, project, system), ...further },
    extendEnv: false,
    all: true,
    reject: false,
    stdin: 'ignore',
    ...(signal && { cancelSignal: signal }),
  });
  for await (const line of running.iterable({ from: 'all' })) {
    const text = textOf(line);
    output.push(text);
    if (/^Install(ing|ed) \w+ '/.test(text)) log(text);
  }
  const { failed, shortMessage, exitCode } = await running;
  signal?.throwIfAborted();
  if (failed && exitCode === undefined) output.push(`ERROR ${shortMessage}`);
  return !failed;
}

/**
 * The environment of a call that logs little, checks no versions and writes only to the project's directory.
 */
function meltanoEnvironment(baseEnv: Environment, project: string, system: string): Environment {
  // Meltano reads each of its settings from a variable, also the root of its project (core/project.py).
  const kept = Object.entries(installEnvironment(baseEnv)).filter(([name]) => !name.startsWith('MELTANO_'));
  return {
    ...Object.fromEntries(kept),
    NO_COLOR: '1',
    // Meltano writes pip's output to the user's state directory, for every project
    // (core/project_dirs_service.py).
    XDG_STATE_HOME: path.join(system, 'state'),
    MELTANO_PROJECT_ROOT: project,
    MELTANO_PROJECT_READONLY: '1',
    MELTANO_SEND_ANONYMOUS_USAGE_STATS: 'false',
    MELTANO_DISABLE_TRACKING: 'true',
    MELTANO_CLI_DISABLE_VERSION_CHECK: '1',
    MELTANO_CLI_LOG_FORMAT: 'json',
  };
}

/**
 * The text of a line of Meltano's JSON log. Any other line stays unchanged; Meltano also prints such lines.
 */
function textOf(line: string): string {
  if (!line.startsWith('{')) return line;
  try {
    const { event, install_state: state } = JSON.parse(line) as LogLine;
    // A failed installation also has pip's output in its event (core/plugin_install_service.py).
    return [event ?? line, ...(state?.details ? [`${state.plugin_name ?? ''}:`, state.details] : [])].join(
      '\n',
    );
  } catch {
    return line;
  }
}

interface LogLine {
  event?: string;
  install_state?: { plugin_name?: string; details?: string | null };
}

/**
 * A digest of everything on which the installed plugins depend: their packages, the Meltano that installed
 * them, and their place.
 */
async function fingerprint(project: string, executable: string): Promise<string> {
  const manifest = parse(await readFile(path.join(project, 'meltano.yml'), 'utf8')) as {
    plugins?: Record<string, Record<string, unknown>[] | null> | null;
  };
  const packages = Object.entries(manifest.plugins ?? {}).flatMap(([type, plugins]) =>
    (plugins ?? []).map((plugin) => [type, ...identity.map((key) => plugin[key] ?? null)]),
  );
  const parts = [packages, await realpath(executable), await realpath(project)];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** The keys of a plugin that decide what is installed for it. */
const identity = ['name', 'variant', 'inherit_from', 'pip_url', 'python'];
