#!/usr/bin/env node
import { readFile } from 'node:fs/promises';
import { pino, type Logger } from 'pino';
import { StartError, startApp, type App } from './app.ts';
import { ConfigError, helpText, readConfig, type Config } from './config.ts';
import { prepareDemo } from './demo/prepare.ts';
import { Refusal } from './errors.ts';
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
    const packageFile = await readFile(new URL('../package.json', import.meta.url), 'utf8');
    say((JSON.parse(packageFile) as { version: string }).version);
  } else {
    await serve(config);
  }
}

async function serve(config: Config): Promise<void> {
  const log = pino({ level: config.logLevel }, pino.destination({ dest: 2, sync: true }));
  const served =
    config.command === 'DEMO'
      ? { ...config, ...(await prepareDemo(config.demoHome, process.env, say)) }
      : config;
  const app = await startApp({
    config: served,
    log,
    env: process.env,
    ...(config.logQueries
      ? {
          onQuery: (query) =>
            log.debug({ sql: query.query, params: query.params, ms: query.duration }, 'query'),
        }
      : {}),
  });
  stopOnSignals(app, log);
  say('');
  say(`meltano-graphql is ready: ${app.url}`);
  if (config.command === 'DEMO') sayWhatToTry(app);
}

function sayWhatToTry({ url }: App): void {
  say(`
Three things to try, each a tab of GraphiQL at that address:
  1. Read the project as one nested graph:  query { project(name: "demo") { environments { nodes { name jobs { nodes { name } } } } } }
  2. Start a job:                           mutation { runJob(input: { job: "demo/dev/sales" }) { __typename } }
  3. Follow its log, also in a terminal:    curl -N -H 'accept: text/event-stream' --get ${url} --data-urlencode 'query=subscription { runLogs(run: "demo/dev/sales") { node { message } } }'
Stop with Ctrl-C.`);
}

// The first signal gives runs their time to end; a second one does not.
function stopOnSignals(app: App, log: Logger): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, 'stopping');
    app.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** What stopped the start, in lines that a person can act on; null when it is a fault of ours. */
function explain(error: unknown): string | null {
  const known = [ConfigError, StartError, Refusal, DataDirectoryHeld, DatabaseUnavailable] as const;
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

main().catch((error: unknown) => {
  const fault = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${explain(error) ?? fault}\n`);
  process.exit(1);
});
