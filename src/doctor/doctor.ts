import type { Config } from '../config/config.ts';
import type { Send } from '../lib/sql.ts';
import type { Environment } from '../runner/environment.ts';
import { firstLine, type Check } from './check.ts';
import { checkDatabase, openDatabase } from './check-database.ts';
import { checkGit, checkMeltano, checkNode, checkRetention, checkSpace } from './check-program.ts';
import { checkProjects, type KnownProject } from './check-projects.ts';
import { checkSchedules } from './check-schedules.ts';
import { checkWebhooks } from './check-webhooks.ts';
import { checkWorkers } from './check-workers.ts';

/** The checks of what the tables have. */
const aboutRows = ['workers', 'schedules', 'webhooks'];

/** What runs the program. */
export interface Machine {
  /** The version of Node. */
  node: string;
  env: Environment;
}

/**
 * Says in one line each whether all is well that a gateway with these settings needs. It changes nothing: no table is
 * made, no project is imported and no run is started.
 *
 * @param print is called with each line
 * @returns the number with which the program ends: 1 when a check has failed
 */
export async function doctor(
  config: Config,
  machine: Machine,
  print: (line: string) => void,
): Promise<number> {
  let isWell = true;
  for await (const check of checks(config, machine)) {
    if (check.status === 'FAILED') isWell = false;
    print(config.json ? JSON.stringify(check) : lineOf(check));
  }
  return isWell ? 0 : 1;
}

function lineOf({ check, status, message }: Check): string {
  return `${status.toLowerCase().padEnd(8)} ${check.padEnd(11)} ${message.replaceAll('\n', ' ')}`;
}

async function* checks(config: Config, { node, env }: Machine): AsyncGenerator<Check> {
  yield* await attempt('node', () => checkNode(node));
  yield* await attempt('meltano', () => checkMeltano(config, env));
  yield* await attempt('git', () => checkGit(config, env));
  yield* await attempt('space', () => checkSpace(config));
  const opened = await openDatabase(config);
  if (opened.look === null) {
    yield opened.check;
    const message = 'The database was not looked at.';
    for (const check of ['clock', 'migrations', ...aboutRows])
      yield { check, status: 'SKIPPED', message } as const;
    yield* await attempt('projects', () => checkProjects(config, []));
  } else {
    const { send, close } = opened.look;
    try {
      yield* await checkStored(config, send);
    } finally {
      await close();
    }
  }
  yield* await attempt('retention', () => checkRetention(config));
}

async function checkStored(config: Config, send: Send): Promise<Check[]> {
  const database = await attempt('database', () => checkDatabase(config, send));
  const tables = database.find(({ check }) => check === 'migrations');
  if (tables?.status !== 'OK') {
    const message = 'The tables are not those of this version.';
    const skipped = aboutRows.map((check) => ({ check, status: 'SKIPPED', message }) as const);
    return [...database, ...skipped, ...(await attempt('projects', () => checkProjects(config, [])))];
  }
  return [
    ...database,
    ...(await attempt('workers', () => checkWorkers(send))),
    ...(await attempt('schedules', () => checkSchedules(send))),
    ...(await attempt('webhooks', () => checkWebhooks(send))),
    ...(await attempt('projects', async () => checkProjects(config, await storedProjects(send)))),
  ];
}

/** The projects that the gateway knows. */
async function storedProjects(send: Send): Promise<KnownProject[]> {
  const rows = await send(
    'SELECT name, directory FROM "Project" WHERE "deletedAt" IS NULL ORDER BY name LIMIT 1000',
    [],
  );
  return rows as unknown as KnownProject[];
}

/** What a check says; a check that fails itself is a line, too. */
async function attempt(
  check: string,
  work: () => Check | Check[] | Promise<Check | Check[]>,
): Promise<Check[]> {
  try {
    return [await work()].flat();
  } catch (error) {
    return [{ check, status: 'FAILED', message: `It could not be checked: ${firstLine(error)}` }];
  }
}
