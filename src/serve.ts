import { pino, type Logger } from 'pino';
import {
  startApp,
  startServing,
  startWorkerApp,
  startWorking,
  type AppOptions,
  type WorkingApp,
} from './app.ts';
import { MemberFailed, isMember, onDrain, startCluster, tell, type MemberOptions } from './cluster.ts';
import { readApiToken } from './config/api-token.ts';
import { ConfigError, withoutSecrets } from './config/arguments.ts';
import type { Config } from './config/config.ts';
import { readTrustedDocuments } from './config/trusted-documents.ts';
import { prepareDemo } from './demo/prepare.ts';
import { Refusal } from './errors.ts';
import { StartError } from './projects-at-start.ts';
import { DataDirectoryBroken, DataDirectoryHeld } from './store/database/embedded/data-directory.ts';
import { DatabaseNewer } from './store/database/migrations.ts';
import { TracingError } from './tracing/tracing-error.ts';
import { DatabaseUnavailable } from './store/database/server-connection.ts';

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Runs the gateway until it is asked to stop. When it cannot start, the process ends with lines that say why. */
export async function serve(config: Config): Promise<void> {
  try {
    await start(config);
  } catch (error) {
    if (error instanceof StoppedAtStart) process.exit(0);
    process.stderr.write(`${explain(error) ?? stackOf(error)}\n`);
    process.exit(1);
  }
}

function hasPassword({ database }: Config): boolean {
  return database.kind === 'SERVER' && new URL(database.url).password !== '';
}

async function start(config: Config): Promise<void> {
  const log = await openLog(config);
  outliveRejections(log);
  if (process.argv.some((arg) => arg.startsWith('--database-url')) && hasPassword(config)) {
    log.warn(
      'the password of the database was in a flag, which other users of this machine could read: use DATABASE_URL',
    );
  }
  const apiToken = config.apiToken === null ? null : await readApiToken(config.apiToken);
  const trustedDocuments =
    config.trustedDocuments === null ? null : await readTrustedDocuments(config.trustedDocuments);
  const options: AppOptions = {
    config: { ...config, apiToken, trustedDocuments },
    log,
    env: process.env,
    ...(config.logQueries
      ? {
          // Without the values, among which are secrets.
          onQuery: ({ query, duration }) => log.debug({ sql: query, ms: duration }, 'query'),
        }
      : {}),
  };
  if (isMember) {
    await serveAsMember(options, log);
    return;
  }
  if (config.command === 'DEMO') {
    options.config = { ...options.config, ...(await prepareDemo(config.demoHome, process.env, say)) };
  }
  // From here on there is something to close.
  const signals = stopOnSignals(log);
  options.signal = signals.stopped;
  if (config.command === 'WORKER') {
    const worker = await startWorkerApp(options);
    signals.onStop(worker);
    say('');
    say(`meltano-graphql worker is ready: ${worker.workerName ?? ''}`);
    await worker.done;
    signals.stop();
    return;
  }
  const { url, ...app } =
    config.cluster > 0 ? await lead(options, config.cluster, log) : await startApp(options);
  signals.onStop(app);
  say('');
  say(`meltano-graphql is ready: ${url}`);
  if (config.command === 'DEMO') sayWhatToTry(url, apiToken !== null);
}

/** Opens the log on the standard error: for people on a terminal, and for programs elsewhere. */
async function openLog({ logLevel, logFormat }: Config): Promise<Logger> {
  const isTerminal = process.stderr.isTTY;
  const format = logFormat ?? (isTerminal ? 'PRETTY' : 'JSON');
  if (format === 'JSON') return pino({ level: logLevel }, pino.destination({ dest: 2, sync: true }));
  const { default: pretty } = await import('pino-pretty');
  const colorize = isTerminal && (process.env.NO_COLOR ?? '') === '';
  const options = {
    colorize,
    destination: 2,
    sync: true,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname',
  };
  return pino({ level: logLevel }, pretty(options));
}

/** Lets no promise that nobody awaits end the process: one mistake would take everyone's runs and requests with it. */
function outliveRejections(log: Logger): void {
  process.on('unhandledRejection', (reason) =>
    log.error({ err: reason }, 'nobody awaited a promise that failed'),
  );
}

/** Executes runs in this process and serves requests in other processes. */
async function lead(options: AppOptions, count: number, log: Logger): Promise<Stoppable & { url: string }> {
  const app = await startWorking(options);
  try {
    const cluster = await startCluster(count, membersOf(options), log);
    // The members go on to answer until the runs have ended.
    const stop = async (): Promise<void> => {
      cluster.drain();
      await app.stop();
      await cluster.stop();
    };
    return { url: cluster.url, stop, hurry: app.hurry };
  } catch (error) {
    await app.stop(0);
    throw error;
  }
}

/** Members get as variables what must not stand among their arguments, and all of them the same. */
function membersOf({ config: { apiToken, database } }: AppOptions): MemberOptions {
  return {
    args: withoutSecrets(process.argv.slice(2)),
    env: {
      ...(database.kind === 'SERVER' ? { DATABASE_URL: database.url } : {}),
      ...(apiToken === null ? {} : { API_TOKEN: apiToken, API_TOKEN_FILE: '' }),
    },
  };
}

async function serveAsMember(options: AppOptions, log: Logger): Promise<void> {
  // Ctrl-C reaches every process of the terminal, but only the first process decides when to stop.
  process.on('SIGINT', () => undefined);
  const stopping = new AbortController();
  process.once('SIGTERM', () => stopping.abort());
  try {
    const { url, stop, drain } = await startServing({ ...options, signal: stopping.signal });
    onDrain(drain);
    onAbort(stopping.signal, () => endAfter(stop, log));
    await tell({ ready: url });
  } catch (error) {
    await tell({ failed: explain(error) ?? stackOf(error) });
    process.exit(1);
  }
}

function sayWhatToTry(url: string, asksForToken: boolean): void {
  const token = asksForToken ? "-H 'authorization: Bearer …' " : '';
  say(`
Three things to try, each a tab of GraphiQL at that address:
  1. Read the project as one nested graph:  query { project(ref: "demo") { environments { nodes { name jobs { nodes { name } } } } } }
  2. Start a job:                           mutation { runJob(input: { job: "demo/dev/sales" }) { __typename } }
  3. Follow its log, also in a terminal:    curl -N -H 'accept: text/event-stream' ${token}--get ${url} --data-urlencode 'query=subscription { runLogs(run: "demo/dev/sales") { node { message } } }'
Stop with Ctrl-C.`);
}

/** What can be stopped, and told to hurry with it. */
type Stoppable = Pick<WorkingApp, 'stop' | 'hurry'>;

interface Signals {
  /** Aborted by the first signal. */
  stopped: AbortSignal;
  /** Does as the first signal does. */
  stop: () => void;
  /** What the signals stop, once it has started. */
  onStop: (app: Stoppable) => void;
}

/**
 * The first signal stops the gateway and gives runs time to end, also while it is being started. The second one stops the
 * runs. The third one, and the second one during the start, ends the process at once.
 */
function stopOnSignals(log: Logger): Signals {
  const stopping = new AbortController();
  let hurry = (): void => process.exit(1);
  const stop = (): void => stopping.abort(new StoppedAtStart());
  const onSignal = (signal: NodeJS.Signals): void => {
    log.info({ signal }, stopping.signal.aborted ? 'stopping at once' : 'stopping');
    if (stopping.signal.aborted) hurry();
    else stop();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return {
    stopped: stopping.signal,
    stop,
    onStop: (app) => {
      hurry = () => {
        hurry = () => process.exit(1);
        app.hurry();
      };
      onAbort(stopping.signal, () => endAfter(() => app.stop(), log));
    },
  };
}

function onAbort(signal: AbortSignal, act: () => void): void {
  if (signal.aborted) act();
  else signal.addEventListener('abort', act);
}

/** The start was given up because the gateway was asked to stop. */
class StoppedAtStart extends Error {
  override name = 'StoppedAtStart';
}

function endAfter(stop: () => Promise<void>, log: Logger): void {
  stop().then(
    () => process.exit(0),
    (error: unknown) => {
      log.error({ err: error }, 'stopping failed');
      process.exit(1);
    },
  );
}

/** Why the start failed, in lines that help the user; null for a bug of the gateway. */
function explain(error: unknown): string | null {
  const known = [
    ConfigError,
    StartError,
    TracingError,
    MemberFailed,
    Refusal,
    DataDirectoryBroken,
    DataDirectoryHeld,
    DatabaseNewer,
    DatabaseUnavailable,
  ] as const;
  if (known.some((kind) => error instanceof kind)) return (error as Error).message;
  const { code, message, syscall, address, port } = error as NodeJS.ErrnoException & {
    address?: string;
    port?: number;
  };
  // Of all system errors, only those of listening have to do with the address.
  switch (code) {
    case 'EADDRINUSE':
      return `${address ?? ''}:${port ?? ''} is in use by another process; choose another port with --port.`;
    case 'EADDRNOTAVAIL':
      return `This machine has no address ${address ?? ''}; choose another with --host.`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `The name of the address to listen on is not known; choose another with --host. (${message})`;
    default:
      return syscall === undefined ? null : message;
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
