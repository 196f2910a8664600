import { join } from 'node:path';
import { ask } from './compare.ts';
import { connect } from './database.ts';
import { measure } from './measure.ts';
import { requests, type ServerName } from './operations.ts';
import { readOptions } from './options.ts';
import { checkWrk, providePostgraphile } from './provision.ts';
import { sampleOf, type Sample } from './sample.ts';
import { startCeiling, startOurs, startPostgraphile, type Server } from './servers.ts';
import { seededDatabase, serverFor, setStage } from './stage.ts';
import { postmasterOf } from './usage.ts';

/** Measures the read path on a PostgreSQL server: the gateway, PostGraphile, and plain prepared SQL. */
export async function run(args: string[], say: (line: string) => void): Promise<void> {
  const options = readOptions(args, { runs: 1_000_000, out: 'bench' });
  await checkWrk();
  const postgraphile = await providePostgraphile(say);
  const stage = await setStage(options.main, say);
  try {
    const url = await seededDatabase(stage, await serverFor(stage, options.databaseUrl), options.runs);
    const connection = await connect(url);
    stage.atEnd(connection.close);
    const sample = await sampleOf(connection);
    const [version] = await connection.query('SHOW server_version');
    const servers: Server[] = [];
    const started = async (starting: Promise<Server>): Promise<void> => {
      const server = await starting;
      servers.push(server);
      stage.atEnd(server.stop);
    };
    const data = join(stage.directory, 'data');
    await started(startOurs(stage.main, data, stage.projects, ['--database-url', url]));
    await started(startPostgraphile(postgraphile, url));
    await started(startCeiling(url));
    await measure({
      servers,
      sample,
      requestFor: requests(await orderDigest(servers, sample)),
      postmaster: await postmasterOf(connection),
      directory: stage.directory,
      options,
      versions: {
        postgresql: String(version?.server_version),
        postgraphile: postgraphile.version,
        'node of PostGraphile': postgraphile.nodeVersion,
      },
      base: 'postgraphile',
      say,
    });
  } finally {
    await stage.close();
  }
}

/** What PostGraphile's cursors begin with in lists of runs, read from one. */
async function orderDigest(servers: readonly Server[], { environment }: Sample): Promise<string> {
  const server = servers.find(({ name }) => name === ('postgraphile' satisfies ServerName));
  if (!server) throw new Error('PostGraphile is not there.');
  const call = {
    document: 'newestRuns',
    variables: { id: { node: 'Environment', id: environment }, status: 'FAILED' },
  } as const;
  const answer = JSON.stringify(await ask(server, requests('')('postgraphile', call)));
  const cursor = /"cursor":"([^"]+)"/.exec(answer)?.[1] ?? '';
  const [digest] = JSON.parse(Buffer.from(cursor, 'base64').toString()) as [string];
  return digest;
}
