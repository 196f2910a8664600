import { forgetCatalogs } from './catalog-cache.ts';
import { installCommandLines } from './command.ts';
import type { PluginToInstall } from './command.ts';
import { childEnvironment } from './environment.ts';
import type { MeltanoEvent } from './output/meltano-event.ts';
import { parseLine } from './output/output.ts';
import { startMeltano } from './process/process.ts';
import type { MeltanoProcess, Outcome } from './process/process.ts';
import { prepareRunDirectory } from './run-directory.ts';
import type { CommonOptions } from './run-meltano.ts';
import { failedPreparation } from './process/start-failure.ts';

interface InstallPlugins extends CommonOptions {
  plugins: readonly PluginToInstall[] | 'ALL';
  /** Empty the virtual environments before; default false. */
  clean?: boolean;
}

/** How an installation ended: the outcome of the first process that failed, otherwise of the last process. */
export interface InstallOutcome extends Outcome {
  installed: string[];
  failed: { plugin: string; pluginType: string; message: string; details: string | null }[];
  /** The least number of named plugins that Meltano does not know. It ignores them and exits with 0. */
  unknown: number;
}

/** An installation in progress. */
export interface PluginInstallation {
  /** The process that runs now. Plugins of several types need one process after another. */
  pid(): number | null;
  stop(options?: { graceMs?: number }): Promise<InstallOutcome>;
  /** Never rejects. All lines are delivered before it resolves. */
  outcome: Promise<InstallOutcome>;
}

/**
 * Installs plugins into the project's own system directory, to which runs link. The system database is
 * private to the installation. Kept catalogs are removed, because another version may discover something
 * else.
 */
export function installPlugins(installation: InstallPlugins): PluginInstallation {
  let current: MeltanoProcess | null = null;
  let stopOptions: { graceMs?: number } | null = null;

  const found: Pick<InstallOutcome, 'installed' | 'failed' | 'unknown'> = {
    installed: [],
    failed: [],
    unknown: 0,
  };
  const install = async (): Promise<InstallOutcome> => {
    const startedAt = new Date();
    try {
      const outcome = await steps();
      return { ...outcome, ...found, startedAt, endedAt: new Date() };
    } catch (error) {
      return { ...failedPreparation(error, startedAt), ...found };
    }
  };
  const steps = async (): Promise<Outcome> => {
    const { plugins, projectDirectory, runDirectory } = installation;
    const directory = await prepareRunDirectory({ projectDirectory, runDirectory });
    if (installation.catalogCacheDirectory !== undefined)
      await forgetCatalogs(installation.catalogCacheDirectory);
    let outcome: Outcome = nothingToDo();
    for (const args of installCommandLines({ ...installation, databaseUri: directory.databaseUri })) {
      const named = plugins === 'ALL' ? null : args.length - args.indexOf('--') - 1;
      current = await startMeltano({
        executable: installation.executable,
        args,
        cwd: projectDirectory,
        env: childEnvironment({ ...installation, purpose: 'INSTALL', directory }),
        ...(installation.onFault === undefined ? {} : { onFault: installation.onFault }),
        ...(installation.onExit === undefined ? {} : { onExit: installation.onExit }),
        parse: (raw) => parseLine(raw, installation.mask),
        onLines: (lines) => {
          for (const { meltanoEvent } of lines) note(meltanoEvent, named);
          return installation.onLines(lines);
        },
      });
      // A stop was requested while the directory was made, or between two processes.
      if (stopOptions !== null) void current.stop(stopOptions);
      outcome = await current.outcome;
      if (outcome.exitCode !== 0 || outcome.stopRequested) return outcome;
    }
    return outcome;
  };
  const note = (event: MeltanoEvent | null, named: number | null): void => {
    // Never below zero: for a mapper, Meltano also counts each mapping (core/meltano_file.py).
    if (event?.kind === 'INSTALL_STARTED' && named !== null) {
      found.unknown += Math.max(0, named - event.plugins);
    }
    if (event?.kind === 'PLUGIN_INSTALLED') found.installed.push(event.plugin);
    if (event?.kind === 'PLUGIN_INSTALL_FAILED') {
      const { plugin, pluginType, message, details } = event;
      found.failed.push({ plugin, pluginType, message, details });
    }
  };

  const outcome = install();
  return {
    pid: () => current?.pid ?? null,
    outcome,
    stop: (options = {}) => {
      stopOptions = options;
      if (current !== null) void current.stop(options);
      return outcome;
    },
  };
}

function nothingToDo(): Outcome {
  const now = new Date();
  return {
    exitCode: 0,
    signal: null,
    failedToStart: null,
    stopRequested: false,
    forced: false,
    startedAt: now,
    endedAt: now,
  };
}
