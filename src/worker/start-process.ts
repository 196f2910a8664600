import { join } from 'node:path';
import { pairsOf, type KnownPlugin } from '../domain/blocks.ts';
import type { StoredVariable } from '../domain/environment-variables.ts';
import { heldSuffix } from '../domain/held-suffix.ts';
import { pluralOf } from '../manifest/plugin-types.ts';
import type { PluginType } from '../runner/command.ts';
import { discoverStreams } from '../runner/discover-streams.ts';
import { installPlugins } from '../runner/install-plugins.ts';
import { invokePlugin } from '../runner/invoke-plugin.ts';
import { runMeltano, type CommonOptions } from '../runner/run-meltano.ts';
import { failedPreparation } from '../runner/start-failure.ts';
import type { DiscoveredProperty } from '../runner/streams.ts';
import { runTests, testPlugin } from '../runner/test-plugins.ts';
import type { Store } from '../store/index.ts';
import { stateIdInKey } from '../store/lock-keys.ts';
import type { RunToExecute } from '../store/run.ts';
import type { StateText } from '../store/state.ts';
import type { Execution } from './execution.ts';
import { persist } from './persist.ts';
import type { Process } from './supervise.ts';
import { writeManifest } from './write-manifest.ts';

/** The private directory of a run. */
export function directoryOf({ runsDirectory }: Pick<Execution, 'runsDirectory'>, runId: string): string {
  return join(runsDirectory, runId);
}

/** Who is told of what a process does. */
interface Handlers {
  onLines: CommonOptions['onLines'];
  onState: (state: StateText) => Promise<void>;
}

/** Starts Meltano for a run, by the kind of the run. */
export async function startProcess(
  execution: Execution,
  run: RunToExecute,
  handlers: Handlers,
): Promise<Process> {
  const startedAt = new Date();
  try {
    await writeManifest(execution, run);
  } catch (error) {
    const outcome = Promise.resolve(failedPreparation(error, startedAt));
    return { pid: () => null, stop: () => outcome, outcome };
  }
  const common = { ...commonOptions(execution, run), onLines: handlers.onLines };
  const { store } = execution.services;
  const environment = run.environment?.name ?? '';
  const names = run.command.split(' ');
  switch (run.kind) {
    case 'INSTALL': {
      const plugins = (await pluginsOf(store, run)).filter(({ name }) => names.includes(name));
      return installPlugins({
        ...common,
        plugins: plugins.map(({ type, name }) => ({ type: pluralOf(type) as PluginType, name })),
      });
    }
    case 'TEST':
      return withPid(await runTests({ ...common, environment, tests: names }));
    case 'PLUGIN_TEST': {
      const plugin = run.command;
      const called = (await pluginsOf(store, run)).filter(({ name }) => name === plugin);
      // In the order in which Meltano looks.
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
      const { fullRefresh, refreshCatalog, noStateUpdate, stateStrategy } = run;
      const stateIdSuffix = heldSuffix(run);
      return withPid(
        await runMeltano({
          ...common,
          environment,
          blocks: names,
          options: { fullRefresh, refreshCatalog, noStateUpdate, stateIdSuffix, stateStrategy },
          states: await statesFor(store, run),
          onState: (stateId, { text }) => handlers.onState({ stateId, text }),
        }),
      );
    }
  }
}

async function discover(
  { services: { store } }: Execution,
  run: RunToExecute,
  options: CommonOptions & { environment: string },
): Promise<Process> {
  const { environmentId, command: extractor, refreshCatalog } = run;
  // Before it begins, so that a change while it goes on is seen as one.
  const subject = environmentId && (await persist(() => store.discoverySubject(environmentId, extractor)));
  const task = await discoverStreams({ ...options, extractor, refreshCatalog });
  const keep: Process['keep'] = async (tx) => {
    const { discovered } = await task.outcome;
    if (!discovered || !subject) return;
    const streams = discovered.streams.map((stream) => ({
      ...stream,
      isSelected: stream.properties.some(isRead),
    }));
    await tx.replaceCatalog({ ...subject, runId: run.id, selectPatterns: discovered.patterns, streams });
  };
  return { ...withPid(task), keep };
}

function isRead({ selection }: DiscoveredProperty): boolean {
  return selection === 'SELECTED' || selection === 'AUTOMATIC';
}

function commonOptions(execution: Execution, run: RunToExecute): Omit<CommonOptions, 'onLines'> {
  const { services, meltano, baseEnv, passEnv, catalogsDirectory } = execution;
  return {
    executable: meltano,
    projectDirectory: run.project.directory,
    runDirectory: directoryOf(execution, run.id),
    runId: run.id,
    trigger: 'meltano-graphql',
    baseEnv,
    passEnv,
    env: Object.fromEntries((run.env as unknown as StoredVariable[]).map(({ name, value }) => [name, value])),
    catalogCacheDirectory: join(catalogsDirectory, run.projectId),
    onFault: (error: unknown) => services.log.error({ err: error, runId: run.id }, 'trouble around a run'),
  };
}

function withPid(process: Omit<Process, 'pid'> & { pid: number | null }): Process {
  return { ...process, pid: () => process.pid };
}

function pluginsOf(store: Store, { projectId }: RunToExecute): Promise<KnownPlugin[]> {
  return persist(() => store.pluginsOf(projectId));
}

async function statesFor(store: Store, run: RunToExecute): Promise<Map<string, { text: string }>> {
  if (run.environmentId === null || run.noStateUpdate) return new Map();
  const stateIds = run.lockKeys.map(stateIdInKey).filter((stateId) => stateId !== null);
  // With variables in the suffix, Meltano alone knows the id: every suffix of the pairs is given.
  const pairs = stateIds.some((stateId) => stateId.includes('$')) ? pairsOf(run.blocks) : [];
  const { environmentId } = run;
  const states = await persist(() => store.statesToHydrate(environmentId, stateIds, pairs));
  return new Map(states.map(({ stateId, text }) => [stateId, { text }]));
}
