import { forgetCatalogs } from './catalog-cache.ts';
import { installCommandLines } from './command.ts';
import type { PluginToInstall } from './command.ts';
import { childEnvironment } from './environment.ts';
import type { Milestone } from './milestone.ts';
import { parseLine } from './output.ts';
import { startMeltano } from './process.ts';
import type { MeltanoProcess, Outcome } from './process.ts';
import { prepareRunDirectory } from './run-directory.ts';
import type { CommonOptions } from './run-meltano.ts';
import { failedPreparation } from './start-failure.ts';

interface InstallPlugins extends CommonOptions {
  plugins: readonly PluginToInstall[] | 'ALL';
  /** Empty the virtual environments first; default false. */
  clean?: boolean;
}

/** How an installation ended: the facts of its last process, which is the first that failed if one did. */
export interface InstallOutcome extends Outcome {
  installed: string[];
  failed: { plugin: string; pluginType: string; message: string; details: string | null }[];
  /** How many of the named plugins Meltano does not know, at least; it passes over them and exits 0. */
  unknown: number;
}

/** An installation in progress. */
export interface PluginInstallation {
  /** The process at work now; one follows another when plugins of several types are named. */
  pid(): number | null;
  stop(options?: { graceMs?: number }): Promise<InstallOutcome>;
  /** Never rejects. All lines were delivered before it resolves. */
  outcome: Promise<InstallOutcome>;
}

/**
 * Installs plugins into the project's own system directory, from where runs link them in. The database is
 * private to the installation. Kept catalogs are forgotten, since another version may discover something else.
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
      current = startMeltano({
        executable: installation.executable,
        args,
        cwd: projectDirectory,
        env: childEnvironment({ ...installation, purpose: 'INSTALL', directory }),
        ...(installation.onFault === undefined ? {} : { onFault: installation.onFault }),
        parse: parseLine,
        onLines: (lines) => {
          for (const { milestone } of lines) note(milestone, named);
          return installation.onLines(lines);
        },
      });
      // Asked for while the directory was made, or between two processes.
      if (stopOptions !== null) void current.stop(stopOptions);
      outcome = await current.outcome;
      if (outcome.exitCode !== 0 || outcome.stopRequested) return outcome;
    }
    return outcome;
  };
  const note = (milestone: Milestone | null, named: number | null): void => {
    // Never below nothing: of a mapper, Meltano counts each mapping as well (core/meltano_file.py).
    if (milestone?.kind === 'INSTALL_STARTED' && named !== null) {
      found.unknown += Math.max(0, named - milestone.plugins);
    }
    if (milestone?.kind === 'PLUGIN_INSTALLED') found.installed.push(milestone.plugin);
    if (milestone?.kind === 'PLUGIN_INSTALL_FAILED') {
      const { plugin, pluginType, message, details } = milestone;
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
