import { join } from 'node:path';
import { exists } from '../../lib/files/exists.ts';
import { writeFileWhole } from '../../lib/files/write-file.ts';
import { OneByOne } from '../../lib/serving/one-by-one.ts';
import type { PluginInstallation } from '../../runner/install-plugins.ts';
import type { Process } from '../supervise.ts';

/** A run whose plugins may have to be installed before. */
interface InstalledFirst {
  /** Where the plugins are. */
  plugins: string;
  /** Starts to install all plugins of the project. */
  install: () => PluginInstallation;
  /** Starts the run itself. */
  main: () => Promise<Process>;
}

/** The file that tells that all plugins were installed. */
const markName = '.meltano-graphql-installed';

/** What is being installed, by directory: two runs that start at the same time do not install the same. */
const installations = new OneByOne();

/**
 * A run that first installs the plugins of its project, if they are not on this machine. The lines of the installation are
 * lines of the run. When it fails, the run has failed as it did.
 */
export function installedFirst({ plugins, install, main }: InstalledFirst): Process {
  const mark = join(plugins, markName);
  let current: Pick<Process, 'pid' | 'stop'> | null = null;
  let started: Process | null = null;
  let asked: { graceMs: number } | null = null;
  const attach = (process: Pick<Process, 'pid' | 'stop'>): void => {
    current = process;
    if (asked !== null) void process.stop(asked);
  };
  const installNow = async (): Promise<Awaited<PluginInstallation['outcome']> | null> => {
    if (asked !== null || (await exists(mark))) return null;
    const installation = install();
    attach(installation);
    const outcome = await installation.outcome;
    if (outcome.exitCode !== 0 || outcome.stopRequested || outcome.failedToStart) return outcome;
    await writeFileWhole(mark, 'All plugins of these definitions are installed.\n');
    return null;
  };
  const outcome = (async (): Promise<Awaited<Process['outcome']>> => {
    const failed = await installations.run(plugins, installNow);
    if (failed !== null) return failed;
    started = await main();
    attach(started);
    return started.outcome;
  })();
  return {
    pid: () => current?.pid() ?? null,
    stop: (options) => {
      asked = options;
      if (current !== null) void current.stop(options);
      return outcome;
    },
    outcome,
    catalog: outcome.then(async () => (await started?.catalog) ?? null),
  };
}
