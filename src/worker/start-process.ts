import { join } from 'node:path';
import { pairsOf, type KnownPlugin } from '../domain/definitions/blocks.ts';
import type { StoredVariable } from '../domain/definitions/environment-variables.ts';
import { runSuffix } from '../domain/definitions/run-suffix.ts';
import { pluralOf } from '../manifest/plugin-types.ts';
import type { PluginType } from '../runner/command.ts';
import { discoverStreams } from '../runner/discover-streams.ts';
import { installPlugins } from '../runner/install-plugins.ts';
import { invokePlugin } from '../runner/invoke-plugin.ts';
import { runMeltano, type CommonOptions } from '../runner/run-meltano.ts';
import { removeRunDirectory } from '../runner/run-directory.ts';
import { failedPreparation } from '../runner/process/start-failure.ts';
import type { DiscoveredProperty } from '../runner/streams.ts';
import { runTests, testPlugin } from '../runner/test-plugins.ts';
import { stateIdInLeaseKey } from '../store/leases/lease-keys.ts';
import type { RunToExecute } from '../store/runs/runs.ts';
import type { StateText } from '../store/states/states.ts';
import type { Execution } from './execution.ts';
import type { Process } from './supervise.ts';
import type { Mask } from '../lib/text-search/mask.ts';
import { maskFor } from './recording/run-mask.ts';
import { withFileVariables } from './schedules/file-variables.ts';
import { installedFirst } from './sources/installed-first.ts';
import { inWorkTree } from './sources/work-tree.ts';
import { checkNeeds } from './projects/check-needs.ts';
import { withProjectVariables } from './projects/project-variables.ts';
import { writeProject } from './projects/write-project.ts';

/** The private directory of a run. */
export function directoryOf({ runsDirectory }: Pick<Execution, 'runsDirectory'>, runId: string): string {
  return join(runsDirectory, runId);
}

/** Receivers of what a process does. */
interface Handlers {
  onExit: () => void;
  onLines: CommonOptions['onLines'];
  onState: (state: StateText) => Promise<void>;
}

/** Starts Meltano for a run. The kind of the run decides the command. */
export async function startProcess(
  execution: Execution,
  asked: RunToExecute,
  handlers: Handlers,
): Promise<Process> {
  const startedAt = new Date();
  let mask: Mask;
  let run: RunToExecute;
  let plugins: string | null;
  // A copy: the secrets in it are never stored with the run.
  let given: RunToExecute;
  try {
    ({ run, plugins } = await inWorkTree(execution, asked));
    await writeProject(execution, run);
    const env = await withProjectVariables(execution, run, await withFileVariables(execution, run));
    await checkNeeds(execution, run, env);
    given = { ...run, env };
    mask = await maskFor(execution, given);
  } catch (error) {
    const outcome = Promise.resolve(failedPreparation(error, startedAt));
    return { pid: () => null, stop: () => outcome, outcome };
  }
  const { onLines, onExit } = handlers;
  const ofEach = {
    ...commonOptions(execution, given),
    ...(plugins === null ? {} : { pluginsDirectory: plugins }),
    ...{ mask, onLines },
  };
  const common = { ...ofEach, onExit };
  const main = (): Promise<Process> => startMain(execution, run, common, handlers);
  if (plugins === null || run.kind === 'INSTALL') return main();
  const runDirectory = join(plugins, `.install-${run.id}`);
  return installedFirst({
    plugins,
    install: () => {
      const installation = installPlugins({ ...ofEach, runDirectory, plugins: 'ALL' });
      const removed = installation.outcome.finally(() => removeRunDirectory(runDirectory));
      return { ...installation, outcome: removed };
    },
    main,
  });
}

type MainOptions = CommonOptions & Required<Pick<CommonOptions, 'mask' | 'onExit'>>;

async function startMain(
  execution: Execution,
  run: RunToExecute,
  common: MainOptions,
  handlers: Handlers,
): Promise<Process> {
  const environment = run.environment?.name ?? '';
  const names = run.command.split(' ');
  switch (run.kind) {
    case 'INSTALL': {
      const plugins = (await pluginsOf(execution, run)).filter(({ name }) => names.includes(name));
      return installPlugins({
        ...common,
        plugins: plugins.map(({ type, name }) => ({ type: pluralOf(type) as PluginType, name })),
      });
    }
    case 'TEST':
      return withPid(await runTests({ ...common, environment, tests: names }));
    case 'PLUGIN_TEST': {
      const plugin = run.command;
      const called = (await pluginsOf(execution, run)).filter(({ name }) => name === plugin);
      // In the order in which Meltano searches.
      const type = called.some((one) => one.type === 'EXTRACTOR') ? 'EXTRACTOR' : 'LOADER';
      return withPid(await testPlugin({ ...common, environment, plugin, type }));
    }
    case 'DISCOVER':
      return discover(execution, run, { ...common, environment });
    case 'SERVICE': {
      const { command, args } = run;
      return withPid(await invokePlugin({ ...common, environment, command, args }));
    }
    case 'RUN': {
      const { fullRefresh, refreshCatalog, noStateUpdate, stateStrategy, ownStateId, transform } = run;
      const stateIdSuffix = runSuffix(run);
      return withPid(
        await runMeltano({
          ...common,
          environment,
          blocks: names,
          options: { fullRefresh, refreshCatalog, noStateUpdate, stateIdSuffix, stateStrategy },
          elt: ownStateId === null ? null : { stateId: ownStateId, transform: transform ?? 'skip' },
          states: await statesFor(execution, run),
          onState: (stateId, { text }) => handlers.onState({ stateId, text }),
        }),
      );
    }
  }
}

async function discover(
  { store, persist }: Execution,
  run: RunToExecute,
  options: CommonOptions & { environment: string },
): Promise<Process> {
  const { environmentId, command: extractor, refreshCatalog } = run;
  // Computed before the discovery, so that a change during the discovery counts as a later change.
  const subject =
    environmentId && (await persist(() => store.catalogs.discoveredPlugin(environmentId, extractor)));
  const task = await discoverStreams({ ...options, extractor, refreshCatalog });
  const catalog = task.outcome.then(({ discovered }) => {
    if (!discovered || !subject) return null;
    const streams = discovered.streams.map((stream) => ({
      ...stream,
      isSelected: stream.properties.some(isRead),
    }));
    return { ...subject, runId: run.id, selectPatterns: discovered.patterns, streams };
  });
  return { ...withPid(task), catalog };
}

function isRead({ selection }: DiscoveredProperty): boolean {
  return selection === 'SELECTED' || selection === 'AUTOMATIC';
}

function commonOptions(
  execution: Execution,
  run: RunToExecute,
): Omit<CommonOptions, 'mask' | 'onLines' | 'onExit'> {
  const { store, gateway, workerId, meltano, baseEnv, passEnv, catalogsDirectory } = execution;
  return {
    executable: meltano,
    projectDirectory: run.project.directory,
    runDirectory: directoryOf(execution, run.id),
    runId: run.id,
    trigger: 'meltano-graphql',
    scheduledFor: run.scheduledFor === null ? null : new Date(run.scheduledFor).toISOString(),
    traceparent: run.traceparent,
    worker: workerId,
    store: store.identity,
    baseEnv,
    passEnv,
    env: Object.fromEntries((run.env as unknown as StoredVariable[]).map(({ name, value }) => [name, value])),
    catalogCacheDirectory: join(catalogsDirectory, run.projectId),
    onFault: (error: unknown) => gateway.log.error({ err: error, runId: run.id }, 'trouble around a run'),
  };
}

function withPid(process: Omit<Process, 'pid'> & { pid: number | null }): Process {
  return { ...process, pid: () => process.pid };
}

function pluginsOf({ store, persist }: Execution, { projectId }: RunToExecute): Promise<KnownPlugin[]> {
  return persist(() => store.plugins.of(projectId));
}

async function statesFor(
  { store, persist }: Execution,
  run: RunToExecute,
): Promise<Map<string, { text: string }>> {
  if (run.environmentId === null || run.noStateUpdate) return new Map();
  const stateIds = run.leaseKeys.map(stateIdInLeaseKey).filter((stateId) => stateId !== null);
  // When the suffix has variables, only Meltano knows the state id. So the run gets the states of its pairs
  // with any suffix.
  const pairs = stateIds.some((stateId) => stateId.includes('$')) ? pairsOf(run.blocks) : [];
  const { environmentId } = run;
  const states = await persist(() => store.states.toHydrate(environmentId, stateIds, pairs));
  return new Map(states.map(({ stateId, text }) => [stateId, { text }]));
}
