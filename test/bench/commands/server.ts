import { join } from 'node:path';
import { defineCommand, serverInPlace } from '../command.ts';
import { connect } from '../database/connection.ts';
import { serverFor } from '../database/databases.ts';
import { ask } from '../load/compare.ts';
import { loadFlags, quick } from '../load/load-flags.ts';
import { measureReads } from '../load/measure-reads.ts';
import { postmasterOf } from '../load/usage.ts';
import { checkWrk } from '../load/wrk.ts';
import { requests } from '../operations/requests.ts';
import { writeProjects } from '../seed/projects.ts';
import { sampleOf, type Sample } from '../seed/sample.ts';
import { seededDatabase } from '../seed/seeded-database.ts';
import { providePostgraphile } from '../servers/provide-postgraphile.ts';
import { startOurs, startPlainSql, startPostgraphile, type Server } from '../servers/start-servers.ts';
import { onStage } from '../stage.ts';

export const command = defineCommand({
  summary: 'reads on a PostgreSQL server: the gateway, PostGraphile 5, and plain prepared SQL',
  flags: { ...loadFlags({ runs: 1_000_000, out: 'bench' }), 'database-url': serverInPlace },
  shorthands: quick(50_000),
  run: async (options, say) => {
    await checkWrk();
    const postgraphile = await providePostgraphile(say);
    await onStage(options.main, say, async (stage) => {
      const projects = await writeProjects(join(stage.directory, 'projects'));
      const serverUrl = await serverFor(stage, options['database-url']);
      const databaseUrl = await seededDatabase(stage, serverUrl, projects, options.runs);
      const connection = await connect(databaseUrl);
      stage.atEnd(connection.close);
      const sample = await sampleOf(connection);
      const servers: Server[] = [];
      const started = async (starting: Promise<Server>): Promise<Server> => {
        const server = await starting;
        servers.push(server);
        stage.atEnd(server.stop);
        return server;
      };
      const dataDirectory = join(stage.directory, 'data');
      await started(startOurs({ main: stage.main, dataDirectory, projects, databaseUrl }));
      const other = await started(startPostgraphile(postgraphile, databaseUrl));
      await started(startPlainSql(databaseUrl));
      const [version] = await connection.query('SHOW server_version');
      await measureReads({
        servers,
        sample,
        requestFor: requests(await orderDigest(other, sample)),
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
    });
  },
});

/** What PostGraphile's cursors begin with in lists of runs, read from one. */
async function orderDigest(postgraphile: Server, { environment }: Sample): Promise<string> {
  const call = {
    document: 'newestRuns',
    variables: { id: { node: 'Environment', id: environment }, status: 'FAILED' },
  } as const;
  const answer = JSON.stringify(await ask(postgraphile, requests('')('postgraphile', call)));
  const cursor = /"cursor":"([^"]+)"/.exec(answer)?.[1] ?? '';
  const [digest] = JSON.parse(Buffer.from(cursor, 'base64').toString()) as [string];
  return digest;
}
