import { get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeBigProject } from '../../kit/data/big-project.ts';
import { waitFor } from '../../kit/wait.ts';
import { count, defineCommand, main, text } from '../command.ts';
import { connect, type Connection } from '../database/connection.ts';
import { makeDatabase } from '../database/databases.ts';
import { startWatched, type WatchedGateway } from '../delay/watched-gateway.ts';
import { post } from '../load/post.ts';
import { cpuOf } from '../load/usage.ts';
import { onStage } from '../stage.ts';

/** What pages follow. Each is followed by a third of all. */
const documents = [
  'subscription { runsUpdated { cursor nodes { id status job { name } } } }',
  'subscription { runsUpdated(environment: "big/env-001") { nodes { id status startedAt endedAt job { name } } } }',
  'subscription { changes { cursor nodes { kind type objectId etag node { ... on Run { status job { name } } } } } }',
];

export const command = defineCommand({
  summary: 'what a change costs that many follow',
  flags: {
    followers: count(1000, 'streams of events'),
    changes: count(100, 'changes of runs, one after the other', 2),
    'database-url': text('URL', 'a PostgreSQL server on which a database can be made; needed'),
    main,
  },
  run: async ({ followers, changes, 'database-url': serverUrl, main: built }, say) => {
    if (serverUrl === null) throw new Error('--database-url is needed: its server counts the statements.');
    await onStage(built, say, async (stage) => {
      const project = join(stage.directory, 'big');
      await writeBigProject(project);
      const databaseUrl = await makeDatabase(stage, serverUrl);
      const gateway = await startWatched(
        {
          main: stage.main,
          dataDirectory: join(stage.directory, 'data'),
          projects: [`big=${project}`],
          databaseUrl,
          // Nobody takes the runs.
          flags: [
            ...['--slots', '0', '--log-level', 'warn'],
            ...[
              '--subscriptions',
              String(followers + 1),
              '--subscriptions-per-client',
              String(followers + 1),
            ],
          ],
        },
        stage.directory,
      );
      stage.atEnd(gateway.kill);
      const connection = await connect(databaseUrl);
      stage.atEnd(connection.close);
      const site = { gateway, connection, changes };
      // The first ones find caches cold.
      await measure(site, () => Promise.resolve());
      const alone = await measure(site, () => Promise.resolve());
      let events = 0;
      for (let i = 0; i < followers; i += 1) {
        const document = documents[i % documents.length] ?? '';
        stage.atEnd(await follow(gateway.url, document, (count) => (events += count)));
      }
      // They come at once.
      await waitFor('The first events', () => events >= followers, 60_000);
      events = 0;
      // Changes of a run that come quickly may be one event.
      const arrived = async (): Promise<void> => {
        let before = -1;
        while (before !== events || events < followers) {
          before = events;
          await sleep(1000);
        }
      };
      const followed = await measure(site, arrived);
      const perChange = (key: 'statements' | 'cpu'): number => (followed[key] - alone[key]) / changes;
      console.table({
        followers,
        'events of each change': (events / changes).toFixed(0),
        'statements of a change, nobody follows': (alone.statements / changes).toFixed(1),
        'further statements, all follow': perChange('statements').toFixed(1),
        'gateway CPU of a change, nobody follows, ms': ((alone.cpu / changes) * 1000).toFixed(1),
        'further CPU, µs for each follower': ((perChange('cpu') * 1e6) / followers).toFixed(1),
        'largest delay of the event loop, ms (on a CPU)': `${followed.largestMs.toFixed(0)} (${followed.cpuMs.toFixed(0)})`,
        'what took most of that': followed.causes[0] ?? '',
      });
    });
  },
});

interface Site {
  gateway: WatchedGateway;
  connection: Connection;
  changes: number;
}

/** Makes changes, and waits until they have arrived. */
async function measure({ gateway, connection, changes }: Site, arrived: () => Promise<unknown>) {
  await gateway.start();
  const before = { statements: await statementsOf(connection), cpu: await cpuOf(gateway.processId) };
  for (let i = 0; i < changes; i += 2) await startAndCancel(gateway.url);
  await arrived();
  const cpu = (await cpuOf(gateway.processId)) - before.cpu;
  return { ...(await gateway.stop()), cpu, statements: (await statementsOf(connection)) - before.statements };
}

/** Two changes. */
async function startAndCancel(url: string): Promise<void> {
  const started = await post<{ runJob: { run?: { id: string } } }>(
    url,
    'mutation { runJob(input: { job: "big/env-001/job-001" }) { ... on RunJobSuccess { run { id } } } }',
  );
  const run = started.runJob.run?.id;
  await post(url, 'mutation ($run: ID!) { cancelRun(input: { run: $run }) { __typename } }', { run });
}

/** The transactions that a database has seen: as many as statements, where each is one by itself. */
async function statementsOf({ query }: Connection): Promise<number> {
  // Sessions report what they did when they have been idle for a second.
  await sleep(1500);
  const [row] = await query(
    'SELECT (xact_commit + xact_rollback)::int AS count FROM pg_stat_database WHERE datname = current_database()',
  );
  return Number(row?.count);
}

/** Opens a stream of events, and counts them. @returns what closes it */
function follow(url: string, query: string, onEvents: (count: number) => void): Promise<() => void> {
  const address = new URL(url);
  address.searchParams.set('query', query);
  return new Promise((resolve, reject) => {
    const sent = get(address, { headers: { accept: 'text/event-stream' }, agent: false }, (response) => {
      response.on('error', () => undefined).setEncoding('latin1');
      response.on('data', (text: string) => onEvents(text.split('event: next').length - 1));
      if (response.statusCode === 200) resolve(() => sent.destroy());
      else reject(new Error(`A subscription was answered with ${response.statusCode ?? 0}.`));
    });
    sent.on('error', reject);
  });
}
