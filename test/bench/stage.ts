import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from '../kit/built.ts';
import { connect } from './database.ts';
import { makeDatabase } from './made-database.ts';
import { startCluster } from './postgres.ts';
import { writeProjects } from './projects.ts';
import { seed } from './seed.ts';
import { startOurs } from './servers.ts';

/** What every benchmark needs, and the way to take it down again. */
export interface Stage {
  /** The built gateway's entry point. */
  main: string;
  /** Directories of the projects. */
  projects: string[];
  /** A temporary directory. */
  directory: string;
  /** Has something done at the end; what came last is done first. */
  atEnd: (done: () => Promise<unknown>) => void;
  close: () => Promise<void>;
  say: (line: string) => void;
}

/**
 * Builds the gateway and writes its projects.
 *
 * @param given entry point of a gateway that is built already
 */
export async function setStage(given: string | null, say: (line: string) => void): Promise<Stage> {
  const done: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const one of done.splice(0).reverse()) {
      await one().catch((error: unknown) => say(`Taking down: ${String(error)}`));
    }
  };
  const stop = (): void => void close().finally(() => process.exit(130));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const directory = await mkdtemp(join(tmpdir(), 'meltano-graphql-bench-'));
  done.push(() => rm(directory, { recursive: true, force: true }));
  if (given === null) say('Building …');
  const { main, remove } = given === null ? await build() : { main: given, remove: null };
  if (remove) done.push(remove);
  const projects = await writeProjects(join(directory, 'projects'));
  return { main, projects, directory, atEnd: (one) => done.push(one), close, say };
}

/** The URL of a server: the one that is given, or one that is started. */
export async function serverFor({ atEnd, say }: Stage, given: string | null): Promise<string> {
  if (given !== null) return given;
  say('Starting PostgreSQL …');
  const cluster = await startCluster();
  atEnd(cluster.stop);
  return cluster.url;
}

/** Makes a database on a server, filled with what the gateway imports, and with runs. @returns its URL */
export async function seededDatabase(stage: Stage, serverUrl: string, runs: number): Promise<string> {
  const { url, drop } = await makeDatabase(serverUrl);
  stage.atEnd(drop);
  const data = join(stage.directory, 'data');
  // Its start makes the tables and imports the projects.
  await (await startOurs(stage.main, data, stage.projects, ['--database-url', url])).stop();
  stage.say(`Seeding ${runs.toLocaleString('en')} runs …`);
  const connection = await connect(url);
  await seed(connection, runs);
  await connection.close();
  return url;
}
