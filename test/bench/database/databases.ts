import { randomUUID } from 'node:crypto';
import type { Stage } from '../stage.ts';
import { connect } from './connection.ts';
import { startCluster } from './postgres.ts';

/** The URL of a server: the one that is given, or one that is started. */
export async function serverFor({ atEnd, say }: Stage, given: string | null): Promise<string> {
  if (given !== null) return given;
  say('Starting PostgreSQL …');
  const { url, stop } = await startCluster();
  atEnd(stop);
  return url;
}

/** Makes an empty database on a server, for the time of the benchmark. @returns its URL */
export async function makeDatabase({ atEnd }: Stage, serverUrl: string): Promise<string> {
  const name = `meltano_graphql_bench_${randomUUID().replaceAll('-', '')}`;
  const admin = async (statement: string): Promise<void> => {
    const { query, close } = await connect(serverUrl);
    await query(statement).finally(close);
  };
  await admin(`CREATE DATABASE ${name}`);
  atEnd(() => admin(`DROP DATABASE ${name} WITH (FORCE)`));
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
