import { startGateway, type Gateway } from '../../kit/gateway.ts';

interface Start {
  /** Entry point of the built gateway. */
  main: string;
  dataDirectory: string;
  /** Values of `--project`. */
  projects: readonly string[];
  /** URL of its database; the embedded one when null. */
  databaseUrl?: string | null;
  flags?: readonly string[];
  /** What Node itself is started with. */
  nodeFlags?: readonly string[];
  env?: Record<string, string>;
}

/** Starts the gateway as its users do: built, one process, nothing set but where things are. */
export async function startBuilt(start: Start): Promise<Gateway> {
  const { main, dataDirectory, projects, databaseUrl = null, flags = [], nodeFlags = [], env = {} } = start;
  return startGateway({
    command: [
      ...[process.execPath, ...nodeFlags, main],
      ...['--data-directory', dataDirectory],
      ...projects.flatMap((project) => ['--project', project]),
      ...(flags.includes('--port') ? [] : ['--port', '0']),
      ...flags,
    ],
    env: {
      NODE_ENV: 'production',
      ...(databaseUrl === null ? {} : { DATABASE_URL: databaseUrl }),
      ...env,
    },
  });
}
