import { join } from 'node:path';
import { count, defineCommand, main, serverInPlace } from '../command.ts';
import { connect, type Connection } from '../database/connection.ts';
import { serverFor } from '../database/databases.ts';
import { ask } from '../load/compare.ts';
import { operations, type Operation } from '../operations/operations.ts';
import { requests } from '../operations/requests.ts';
import { spreadOf } from '../report/statistics.ts';
import { writeProjects } from '../seed/projects.ts';
import { sampleOf } from '../seed/sample.ts';
import { seededDatabase } from '../seed/seeded-database.ts';
import { startOurs, type Server } from '../servers/start-servers.ts';
import { onStage, type Stage } from '../stage.ts';

/** Runs of the small database. */
const few = 10_000;
/** Requests of one measurement. */
const times = 200;
/** How much more the large one may cost. */
const allowed = 1.2;
/** The operations whose pages lie in long lists of runs. */
const paging = ['c', 'e'];

/** A database with a gateway on it. */
interface Side {
  connection: Connection;
  server: Server;
  operations: Operation[];
}

/** What an operation costs on both databases, in milliseconds: the median of the rounds. */
interface Cost {
  title: string;
  few: number;
  many: number;
}

/** Fails when a page costs more than `allowed` times as much in a long history as in a short one. */
export const command = defineCommand({
  summary: 'what PostgreSQL spends on (c) and (e) with 10,000 runs and with 10,000,000',
  flags: {
    runs: count(10_000_000, 'the larger number of runs'),
    rounds: count(5, `rounds of ${times} requests`),
    'database-url': serverInPlace,
    main,
  },
  run: async ({ runs, rounds, 'database-url': given, main: built }, say) => {
    await onStage(built, say, async (stage) => {
      const serverUrl = await serverFor(stage, given);
      const short = await makeSide(stage, serverUrl, few);
      const long = await makeSide(stage, serverUrl, runs);
      const costs = await compare(short, long, rounds);
      const many = runs.toLocaleString('en');
      for (const cost of costs) {
        const [a, b, ratio] = [cost.few.toFixed(3), cost.many.toFixed(3), (cost.many / cost.few).toFixed(2)];
        say(`${cost.title}: ${a} ms with ${few.toLocaleString('en')} runs, ${b} ms with ${many}: ${ratio} ×`);
      }
      const steep = costs.filter((cost) => cost.many / cost.few > allowed);
      if (steep.length > 0) {
        throw new Error(`More than ${allowed} ×: ${steep.map(({ title }) => title).join(', ')}`);
      }
    });
  },
});

async function makeSide(stage: Stage, serverUrl: string, runs: number): Promise<Side> {
  const projects = await writeProjects(join(stage.directory, 'projects'));
  const databaseUrl = await seededDatabase(stage, serverUrl, projects, runs);
  const connection = await connect(databaseUrl);
  stage.atEnd(connection.close);
  await connection.query('CREATE EXTENSION pg_stat_statements');
  const sample = await sampleOf(connection);
  const server = await startOurs({
    main: stage.main,
    dataDirectory: join(stage.directory, `data-${runs}`),
    projects,
    databaseUrl,
    // Without a worker, whose statements would be counted too.
    flags: ['--slots', '0'],
  });
  stage.atEnd(server.stop);
  return { connection, server, operations: operations(sample).filter(({ key }) => paging.includes(key)) };
}

async function compare(short: Side, long: Side, rounds: number): Promise<Cost[]> {
  const found = short.operations.map((operation, i) => ({
    operation,
    counterpart: long.operations[i] ?? operation,
    few: [] as number[],
    many: [] as number[],
  }));
  for (let round = 0; round <= rounds; round += 1) {
    for (const one of found) {
      const cheap = await spentOn(short, one.operation);
      const dear = await spentOn(long, one.counterpart);
      // The first round fills the caches.
      if (round === 0) continue;
      one.few.push(cheap);
      one.many.push(dear);
    }
  }
  return found.map((one) => ({
    title: `(${one.operation.key}) ${one.operation.title}`,
    few: spreadOf(one.few).median,
    many: spreadOf(one.many).median,
  }));
}

/** Milliseconds that PostgreSQL spends on the statements of one request, by `pg_stat_statements`. */
async function spentOn({ connection, server }: Side, { calls }: Operation): Promise<number> {
  const [call] = calls;
  if (!call) return NaN;
  const spent = async (): Promise<number> => {
    const [row] = await connection.query(
      `SELECT sum(total_exec_time) AS ms FROM pg_stat_statements
       WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
         AND query NOT LIKE '%pgboss%' AND query NOT LIKE '%pg_stat_statements%'`,
    );
    return Number(row?.ms ?? 0);
  };
  const before = await spent();
  const request = requests('')('gateway', call);
  for (let i = 0; i < times; i += 1) await ask(server, request);
  return ((await spent()) - before) / times;
}
