import { join } from 'node:path';
import { connect } from '../database/connection.ts';
import { makeDatabase } from '../database/databases.ts';
import { startOurs } from '../servers/start-servers.ts';
import type { Stage } from '../stage.ts';
import { seed } from './seed.ts';

/**
 * Makes a database on a server, filled with what the gateway imports, and with runs.
 *
 * @param projects directories of the projects of `writeProjects`
 * @returns its URL
 */
export async function seededDatabase(
  stage: Stage,
  serverUrl: string,
  projects: readonly string[],
  runs: number,
): Promise<string> {
  const { main, directory, say } = stage;
  const databaseUrl = await makeDatabase(stage, serverUrl);
  // Its start makes the tables and imports the projects.
  await (await startOurs({ main, dataDirectory: join(directory, 'data'), projects, databaseUrl })).stop();
  say(`Seeding ${runs.toLocaleString('en')} runs …`);
  const connection = await connect(databaseUrl);
  await seed(connection, runs).finally(connection.close);
  return databaseUrl;
}
