#!/usr/bin/env node
import { readFile } from 'node:fs/promises';
import { pino, type Logger } from 'pino';
import { StartError, startApp, startServing, startWorking, type AppOptions } from './app.ts';
import { MemberFailed, isMember, startCluster, tell } from './cluster.ts';
import { ConfigError, helpText, readConfig, type Config } from './config.ts';
import { prepareDemo } from './demo/prepare.ts';
import { Refusal } from './errors.ts';
import { packageFile } from './package-files.ts';
import { DataDirectoryHeld } from './store/data-directory.ts';
import { DatabaseUnavailable } from './store/server-connection.ts';

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

async function main(): Promise<void> {
  const config = readConfig(process.argv.slice(2), process.env, process.pid);
  if (config.command === 'HELP') {
    say(helpText());
  } else if (config.command === 'VERSION') {
    const text = await readFile(packageFile('package.json'), 'utf8');
    say((JSON.parse(text) as { version: string }).version);
  } else {
    await serve(config);
  }
}

async function serve(config: Config): Promise<void> {
  const log = pino({ level: config.logLevel }, pino.destination({ dest: 2, sync: true }));
  const options: AppOptions = {
    config,
    log,
    env: process.env,
    ...(config.logQueries
      ? {
          onQuery: (query) =>
            log.debug({ sql: query.query, params: query.params, ms: query.duration }, 'query'),
        }
      : {}),
  };
  if (isMember) {
    await serveAsMember(options, log);
    return;
  }
  if (config.command === 'DEMO') {
    options.config = { ...config, ...(await prepareDemo(config.demoHome, process.env, say)) };
  }
  const { url, stop } =
    config.cluster > 0 ? await lead(options, config.cluster, log) : await startApp(options);
  stopOnSignals(stop, log);
  say('');
  say(`meltano-graphql is ready: ${url}`);
  if (config.command === 'DEMO') sayWhatToTry(url);
}

/** Executes runs here and serves requests in further processes. */
async function lead(
  options: AppOptions,
  count: number,
  log: Logger,
): Promise<{ url: string; stop: () => Promise<void> }> {
  const app = await startWorking(options);
  try {
    const cluster = await startCluster(count, log);
    const stop = async (): Promise<void> => {
      await cluster.stop();
      await app.stop();
    };
    return { url: cluster.url, stop };
  } catch (error) {
    await app.stop(0);
    throw error;
  }
}

async function serveAsMember(options: AppOptions, log: Logger): Promise<void> {
  // A Ctrl-C reaches every process of the terminal; the one that leads says when to stop.
  process.on('SIGINT', () => undefined);
  try {
    const { url, stop } = await startServing(options);
    process.on('SIGTERM', () => endAfter(stop, log));
    await tell({ ready: url });
  } catch (error) {
    await tell({ failed: explain(error) ?? stackOf(error) });
    process.exit(1);
  }
}

function sayWhatToTry(url: string): void {
  say(`
Three things to try, each a tab of GraphiQL at that address:
  1. Read the project as one nested graph:  query { project(name: "demo") { environments { nodes { name jobs { nodes { name } } } } } }
  2. Start a job:                           mutation { runJob(input: { job: "demo/dev/sales" }) { __typename } }
  3. Follow its log, also in a terminal:    curl -N -H 'accept: text/event-stream' --get ${url} --data-urlencode 'query=subscription { runLogs(run: "demo/dev/sales") { node { message } } }'
Stop with Ctrl-C.`);
}

// The first signal gives runs their time to end; a second one does not.
function stopOnSignals(stop: () => Promise<void>, log: Logger): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, 'stopping');
    endAfter(stop, log);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
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

/** What stopped the start, in lines that a person can act on; null when it is a fault of ours. */
function explain(error: unknown): string | null {
  const known = [
    ConfigError,
    StartError,
    MemberFailed,
    Refusal,
    DataDirectoryHeld,
    DatabaseUnavailable,
  ] as const;
  if (known.some((kind) => error instanceof kind)) return (error as Error).message;
  const { code, message, syscall, address, port } = error as NodeJS.ErrnoException & {
    address?: string;
    port?: number;
  };
  // Of what the system refuses, only listening has to do with an address here.
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

main().catch((error: unknown) => {
  process.stderr.write(`${explain(error) ?? stackOf(error)}\n`);
  process.exit(1);
});
