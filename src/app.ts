import { join, resolve } from 'node:path';
import { aboutGateway } from './about-gateway.ts';
import type { Config } from './config/config.ts';
import { openVault } from './lib/vault/vault.ts';
import { gatewayOf, type Gateway, type Log } from './domain/gateway.ts';
import { closers } from './lib/closers.ts';
import { hostName } from './lib/processes/machine.ts';
import { newId } from './lib/uuid.ts';
import { sendBackupOf } from './backup/send-backup.ts';
import { lostMs } from './domain/workers/worker-status.ts';
import { watchEventLoop } from './lib/event-loop/watch.ts';
import { serveMetrics, type MetricsAddress, type MetricsServer } from './metrics/listen.ts';
import { answerOthers, askOthers } from './metrics/members.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { MetricSources } from './metrics/sources.ts';
import {
  checkDirectories,
  directoriesOf,
  enableSchedules,
  importProjectAt,
  StartError,
} from './projects-at-start.ts';
import type { Environment } from './runner/environment.ts';
import { readCredential } from './runner/git/credentials.ts';
import { gitTrees, type GitTrees } from './runner/git/git-trees.ts';
import { readManifestSchema } from './runner/manifest-schema.ts';
import { meltanoVersion } from './runner/meltano-version.ts';
import { systemDatabases } from './runner/system-database/system-databases.ts';
import { isLoopback } from './lib/serving/host-name.ts';
import { readLimits } from './reading/read-limits.ts';
import { startServer } from './server/server.ts';
import { openStore, type Store, type StoreOptions } from './store/index.ts';
import { sayWhatIsDue } from './worker/schedules/say-what-is-due.ts';
import { startRetention } from './worker/retention/start-retention.ts';
import { startScheduler } from './worker/schedules/scheduler.ts';
import { openTracing, type Tracing } from './tracing/tracing.ts';
import { startSourceSync } from './worker/sources/source-sync.ts';
import { startSending } from './worker/webhooks/start-sending.ts';
import { startWorker, type Worker } from './worker/worker.ts';

/** A running gateway. */
export interface App {
  url: string;
  store: Store;
  /** Names of the projects that it serves. */
  projects: string[];
  /** Name of its worker; null when it executes nothing. */
  workerName: string | null;
  /** Takes no new work from now on. All else goes on, such as reading, following and cancelling. */
  drain: () => void;
  /** Stops runs at once that `stop` lets end. */
  hurry: () => void;
  /** Resolves when a worker has done all that it was started for: `--max-runs` and `--idle-exit`. */
  done: Promise<void>;
  /** Stops in this order: no new work, wait for current runs, answer no more, close the store. */
  stop: (drainSeconds?: number) => Promise<void>;
}

/** The part of a gateway that executes runs. */
export type WorkingApp = Omit<App, 'url'>;

export interface AppOptions {
  config: Omit<
    Config,
    | 'command'
    | 'file'
    | 'demoHome'
    | 'logLevel'
    | 'logFormat'
    | 'logQueries'
    | 'json'
    | 'cluster'
    | 'apiToken'
    | 'trustedDocuments'
  > & {
    /** The token that each request must bring; null when none is asked for. */
    apiToken: string | null;
    /** The only documents that may be executed, by their ids; null when all may. */
    trustedDocuments: ReadonlyMap<string, string> | null;
  };
  log: Log;
  /** The environment from which runs inherit variables. */
  env: Environment;
  onQuery?: StoreOptions['onQuery'];
  /** See `StoreOptions`. */
  polls?: boolean;
  /** Whether the runs of schedules are started. They are when absent. */
  firesSchedules?: boolean;
  /** Whether the repositories of projects are looked at. They are when absent. */
  syncsSources?: boolean;
  /** Whether webhooks are told of events. They are when absent. */
  sendsWebhooks?: boolean;
  /** Ends the start when it is aborted: what was started is stopped, and the reason is thrown. */
  signal?: AbortSignal;
}

/**
 * Creates and starts the whole gateway. When something fails, stops what was started.
 *
 * @throws StartError, DataDirectoryHeld, DatabaseUnavailable, and what `startServer` throws
 */
export async function startApp(options: AppOptions): Promise<App> {
  return (await start(options, { serves: true, works: true })) as App;
}

/** Starts the part that imports projects and executes runs. @throws as `startApp` */
export async function startWorking(options: AppOptions): Promise<WorkingApp> {
  return start(options, { serves: false, works: true });
}

/**
 * Starts a worker: it executes runs and serves nobody. It imports nothing: the projects that it is given say where their
 * files are.
 *
 * @throws as `startApp`
 */
export async function startWorkerApp(options: AppOptions): Promise<WorkingApp> {
  return start(options, { serves: false, works: true, imports: false });
}

/** Starts the part that serves requests, for projects that were imported before. @throws as `startApp` */
export async function startServing(options: AppOptions): Promise<App> {
  const config = { ...options.config, projects: [], schedules: [] };
  return (await start({ ...options, config }, { serves: true, works: false })) as App;
}

async function start(
  {
    config,
    log,
    env,
    onQuery,
    polls = true,
    firesSchedules = true,
    syncsSources = true,
    sendsWebhooks = true,
    signal,
  }: AppOptions,
  { serves, works, imports = true }: { serves: boolean; works: boolean; imports?: boolean },
): Promise<WorkingApp & { url: string | null }> {
  await checkDirectories(config.projects);
  const { push, close } = closers();
  let isStopping = false;
  const drain = (): void => void (isStopping = true);
  try {
    // It is loaded while the database opens.
    const metricsModule = import('./metrics/metrics.ts');
    const store = await openStore({
      location: config.database,
      onError: (error) => log.warn({ err: error }, 'trouble with the database in the background'),
      // A field may be made of two documents, and the quotes of each are written as two signs.
      limits: readLimits(4 * config.answerBytes, config.answersBytes),
      ...(onQuery ? { onQuery } : {}),
      polls,
    });
    push(store.close);
    signal?.throwIfAborted();
    const about = await aboutGateway(config, env);
    const tracing = await openTracing(env, about.version, (message) =>
      log.warn({ message }, 'traces could not be sent'),
    );
    if (tracing) push(tracing.close);
    const gateway = gatewayOf(store, {
      log,
      ...(tracing && { traceparent: tracing.current }),
      deletedRetentionMs: config.deletedRetentionDays * 24 * 3600 * 1000,
      retention: config.retention,
      allowEnv: config.allowEnv,
      systemDatabases: systemDatabases({ meltano: config.meltano, env, servers: config.systemDatabases }),
      gitProtocols: config.gitProtocols,
      webhookAddresses: config.webhookAddresses,
      vault: await openVault(config.dataDirectory),
      projectsDirectory: resolve(config.dataDirectory, 'projects'),
      manifestSchema: await readManifestSchema(config.meltano, env),
      isStopping: () => isStopping,
      about,
    });
    const { metricsOf } = await metricsModule;
    const metrics = metricsOf(metricSources(store, gateway, config.dataDirectory), askOthers);
    push(answerOthers(metrics.own));
    const trees = gitTrees({
      dataDirectory: resolve(config.dataDirectory),
      env,
      protocols: config.gitProtocols,
    });
    const projects: string[] = [];
    for (const project of imports ? config.projects : []) {
      projects.push(...(await importProjectAt(gateway, project)));
      signal?.throwIfAborted();
    }
    for (const environment of imports ? config.schedules : []) await enableSchedules(gateway, environment);

    let drainSeconds = config.drainSeconds;
    let worker: Worker | null = null;
    if (works && imports) warnOfOpenDoor(config, log);
    const isWell = (): boolean => worker?.isWell() ?? config.slots === 0;
    const server = serves
      ? await startServer(store, gateway, config, {
          worker: () => (!works || isWell() ? null : silentWorker),
          metrics,
          tracing,
          readSecret: (reference) =>
            readCredential(reference, { env, dataDirectory: resolve(config.dataDirectory) }).catch(
              () => null,
            ),
          backup: sendBackupOf(store, config.dataDirectory, about.version),
        })
      : null;
    if (server) push(server.close);
    // One process tells for all of a cluster.
    if (works && config.metricsListen !== null)
      push((await serveMetricsAt(metrics, config.metricsListen, log)).close);
    // It ends first: who follows its runs sees their ends, and who wants to cancel them can.
    push(async () => worker?.stop(drainSeconds * 1000));
    // The worker starts last, so that a failed start takes no runs.
    if (works && config.slots > 0)
      worker = await startWorkerOf(store, gateway, { config, env, imports, tracing, trees });
    if (works && syncsSources) push(startSourceSync(store, gateway, trees).stop);
    if (works && sendsWebhooks) push(startSending(store, gateway, config.database.kind !== 'SERVER').stop);
    if (works && firesSchedules) {
      await sayWhatIsDue(gateway);
      const scheduler = await startScheduler(store, gateway);
      push(scheduler.stop);
      push(startRetention(gateway).stop);
    }
    // Nobody is kept waiting by a start.
    push(
      watchEventLoop((ms) =>
        log.warn({ ms }, 'the event loop was kept too long: no request was answered meanwhile'),
      ),
    );
    if (works) void sayVersion(config.meltano, env, log);
    return {
      url: server?.url ?? null,
      store,
      projects,
      workerName: worker?.name ?? null,
      drain,
      hurry: () => worker?.hurry(),
      done: worker?.done ?? new Promise(() => undefined),
      stop: (seconds = config.drainSeconds) => {
        drainSeconds = seconds;
        drain();
        return close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function metricSources(store: Store, gateway: Gateway, dataDirectory: string): MetricSources {
  return {
    version: gateway.about.version,
    database: gateway.about.database,
    pool: store.database.pool,
    figures: () => store.figures.read(lostMs),
    databaseBytes: store.figures.databaseBytes,
    dataDirectory,
  };
}

/** @throws StartError */
async function serveMetricsAt(metrics: Metrics, address: MetricsAddress, log: Log): Promise<MetricsServer> {
  try {
    const server = await serveMetrics(metrics, address, (error) =>
      log.error({ err: error }, 'metrics could not be sent'),
    );
    log.info({ url: server.url }, 'metrics are served');
    return server;
  } catch (error) {
    throw new StartError(`--metrics-listen: ${(error as Error).message}.`);
  }
}

/** What `/readyz` says of a worker that cannot do its work, or has not started yet. */
const silentWorker = 'The worker does not look for runs.';

/** Says at each start what an address that others can reach means. */
function warnOfOpenDoor({ host, apiToken, allowedHosts }: AppOptions['config'], log: Log): void {
  if (isLoopback(host)) return;
  if (apiToken === null)
    log.warn(
      { host },
      'no token is asked for: whoever reaches this address can run any program as this user',
    );
  if (allowedHosts.length === 0)
    log.warn({ host }, 'only requests to localhost are answered; allow other names with --allowed-host');
}

async function startWorkerOf(
  store: Store,
  gateway: Gateway,
  {
    config,
    env,
    imports,
    tracing,
    trees,
  }: Pick<AppOptions, 'config' | 'env'> & { imports: boolean; tracing: Tracing | null; trees: GitTrees },
): Promise<Worker> {
  const id = newId();
  const host = hostName();
  return startWorker(
    {
      store,
      // What it has taken, it carries on with to the end.
      gateway: { ...gateway, checkNotStopping: () => undefined },
      workerId: `${host}/${id}`,
      trees,
      meltano: config.meltano,
      runsDirectory: join(config.dataDirectory, 'runs'),
      catalogsDirectory: join(config.dataDirectory, 'catalogs'),
      baseEnv: env,
      passEnv: config.passEnv,
      tracing,
      graceMs: config.graceSeconds * 1000,
    },
    {
      id,
      host,
      version: gateway.about.version,
      labels: [...config.labels],
      slots: config.slots,
      serviceSlots: config.serviceSlots,
      directories: imports || config.projects.length === 0 ? null : directoriesOf(config.projects),
    },
    config.database.kind !== 'SERVER',
    { maxRuns: config.maxRuns ?? Infinity, idleMs: (config.idleExitSeconds ?? Infinity) * 1000 },
  );
}

async function sayVersion(meltano: string, env: Environment, log: Log): Promise<void> {
  const { version, failure } = await meltanoVersion(meltano, env);
  if (failure) log.warn({ meltano }, `runs will fail: ${failure.message}`);
  else log.info({ meltano, version }, 'meltano found');
}
