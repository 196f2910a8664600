import { join } from 'node:path';
import { ask } from './compare.ts';
import { connect, type Connection } from './database.ts';
import { operations, requests, type Operation } from './operations.ts';
import { readOptions } from './options.ts';
import { sampleOf } from './sample.ts';
import { startOurs, type Server } from './servers.ts';
import { seededDatabase, serverFor, setStage, type Stage } from './stage.ts';
import { spreadOf } from './summary.ts';

/** Runs of the small database. */
const few = 10_000;
/** Requests of one measurement. */
const times = 200;
/** How much more the large one may cost. */
const allowed = 1.2;

interface Side {
  connection: Connection;
  server: Server;
  operations: Operation[];
}

/**
 * Measures whether a page costs the same however long the history is: the time that PostgreSQL spends on
 * the statements of (c) and (e), by `pg_stat_statements`, with few runs and with many.
 *
 * @throws when it costs more than `allowed` times as much
 */
export async function run(args: string[], say: (line: string) => void): Promise<void> {
  const options = readOptions(args, { runs: 10_000_000, out: 'bench-flat' });
  const stage = await setStage(options.main, say);
  try {
    const serverUrl = await serverFor(stage, options.databaseUrl);
    const small = await makeSide(stage, serverUrl, few);
    const large = await makeSide(stage, serverUrl, options.runs);
    const found = small.operations.map((operation, i) => ({
      operation,
      counterpart: large.operations[i] ?? operation,
      small: [] as number[],
      large: [] as number[],
    }));
    for (let round = 0; round <= options.rounds; round += 1) {
      for (const one of found) {
        const [cheap, dear] = [await measure(small, one.operation), await measure(large, one.counterpart)];
        // The first round fills the caches.
        if (round === 0) continue;
        one.small.push(cheap);
        one.large.push(dear);
      }
    }
    const many = options.runs.toLocaleString('en');
    const rows = found.map((one) => {
      const [a, b] = [spreadOf(one.small).median, spreadOf(one.large).median];
      return { title: `(${one.operation.key}) ${one.operation.title}`, a, b, ratio: b / a };
    });
    for (const { title, a, b, ratio } of rows) {
      say(
        `${title}: ${a.toFixed(3)} ms with ${few.toLocaleString('en')} runs, ${b.toFixed(3)} ms with ${many}: ${ratio.toFixed(2)} ×`,
      );
    }
    const steep = rows.filter(({ ratio }) => ratio > allowed);
    if (steep.length > 0)
      throw new Error(`More than ${allowed} ×: ${steep.map(({ title }) => title).join(', ')}`);
  } finally {
    await stage.close();
  }
}

async function makeSide(stage: Stage, serverUrl: string, runs: number): Promise<Side> {
  const url = await seededDatabase(stage, serverUrl, runs);
  const connection = await connect(url);
  stage.atEnd(connection.close);
  await connection.query('CREATE EXTENSION pg_stat_statements');
  const sample = await sampleOf(connection);
  // Without a worker, whose statements would be counted too.
  const flags = ['--database-url', url, '--slots', '0'];
  const server = await startOurs(stage.main, join(stage.directory, `data-${runs}`), stage.projects, flags);
  stage.atEnd(server.stop);
  return {
    connection,
    server,
    operations: operations(sample).filter(({ key }) => key === 'c' || key === 'e'),
  };
}

/** Milliseconds that PostgreSQL spends on the statements of one request. */
async function measure({ connection, server }: Side, { calls }: Operation): Promise<number> {
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
