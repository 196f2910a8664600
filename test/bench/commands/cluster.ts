import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineCommand, serverInPlace, text } from '../command.ts';
import { connect } from '../database/connection.ts';
import { serverFor } from '../database/databases.ts';
import { limitCpu } from '../load/cpu-limit.ts';
import { loadFlags, type LoadOptions } from '../load/load-flags.ts';
import { cpuOf } from '../load/usage.ts';
import { checkWrk, sendLoad } from '../load/wrk.ts';
import { operations } from '../operations/operations.ts';
import { requests, type Request } from '../operations/requests.ts';
import { quantile } from '../report/statistics.ts';
import { writeProjects } from '../seed/projects.ts';
import { sampleOf } from '../seed/sample.ts';
import { seededDatabase } from '../seed/seeded-database.ts';
import { startOurs, type Server } from '../servers/start-servers.ts';
import { onStage, type Stage } from '../stage.ts';

/** One process that does everything, then so many that serve beside the one that executes runs. */
const clusters = [0, 1, 2] as const;

const { runs, rounds, seconds, connections, main } = loadFlags({ runs: 50_000, out: '' });

/** The load generator and PostgreSQL have the same cores as the gateways. */
export const command = defineCommand({
  summary: 'what further processes bring: one operation with --cluster 0, 1 and 2',
  flags: {
    ...{ runs, rounds, seconds, connections, main },
    operation: text('KEY', 'the operation (c)'),
    share: text(
      '0.3',
      'the part of a core that each process may use, so that cores are not short; takes root',
    ),
    seeded: text('URL', 'a database that the command seed has made, in place of a new one'),
    'database-url': serverInPlace,
  },
  run: async (options, say) => {
    await checkWrk();
    await onStage(options.main, say, async (stage) => {
      const projects = await writeProjects(join(stage.directory, 'projects'));
      const databaseUrl =
        options.seeded ??
        (await seededDatabase(
          stage,
          await serverFor(stage, options['database-url']),
          projects,
          options.runs,
        ));
      const connection = await connect(databaseUrl);
      stage.atEnd(connection.close);
      const key = options.operation ?? 'c';
      const operation = operations(await sampleOf(connection)).find((one) => one.key === key);
      if (!operation) throw new Error(`There is no operation ${key}.`);
      const share = options.share === null ? null : Number(options.share);
      const turns: Turns[] = [];
      for (const processes of clusters) {
        const server = await startCluster(stage, processes, { projects, databaseUrl }, share);
        turns.push({ processes, server, rates: [], cpu: [], p99: [] });
      }
      const bodies = operation.calls.map((call) => requests('')('gateway', call));
      await takeTurns(stage, turns, bodies, options);
      print(turns);
      say(`Operation (${operation.key}): ${operation.title}; the median of ${options.rounds} rounds.`);
    });
  },
});

/** What a gateway did in its turns. */
interface Turns {
  processes: number;
  server: Server;
  /** Requests per second. */
  rates: number[];
  /** Processor seconds for 1,000 requests. */
  cpu: number[];
  /** In milliseconds. */
  p99: number[];
}

async function startCluster(
  { main, directory, atEnd }: Stage,
  processes: number,
  site: { projects: readonly string[]; databaseUrl: string },
  share: number | null,
): Promise<Server> {
  const flags = ['--cluster', String(processes), '--log-level', 'error'];
  const server = await startOurs({
    main,
    dataDirectory: join(directory, `data-${processes}`),
    ...site,
    flags,
  });
  if (share !== null) {
    for (const processId of await familyOf(server.processId)) atEnd(await limitCpu(processId, share));
  }
  atEnd(server.stop);
  return server;
}

async function takeTurns(
  { directory, say }: Stage,
  turns: readonly Turns[],
  bodies: readonly Request[],
  { rounds, seconds, connections }: LoadOptions,
): Promise<void> {
  const load = (origin: string, duration: number) =>
    sendLoad(origin, bodies, { script: join(directory, 'cluster.lua'), seconds: duration, connections });
  for (const { server } of turns) await load(server.origin, 3);
  for (let round = 0; round < rounds; round += 1) {
    for (let i = 0; i < turns.length; i += 1) {
      const turn = turns[(i + round) % turns.length];
      if (!turn) continue;
      const before = await cpuOfAll(turn.server.processId);
      const { requests: count, seconds: took, p99 } = await load(turn.server.origin, seconds);
      turn.cpu.push(((await cpuOfAll(turn.server.processId)) - before) / (count / 1000));
      turn.rates.push(count / took);
      turn.p99.push(p99);
    }
    say(`Round ${round + 1} of ${rounds} …`);
  }
}

function print(turns: readonly Turns[]): void {
  const one = quantile(turns[0]?.rates ?? [], 0.5);
  console.table(
    turns.map(({ processes, rates, cpu, p99 }) => ({
      '--cluster': processes,
      'requests/s': Math.round(quantile(rates, 0.5)),
      ratio: (quantile(rates, 0.5) / one).toFixed(2),
      'p99 ms': quantile(p99, 0.5).toFixed(1),
      'CPU s per 1,000': quantile(cpu, 0.5).toFixed(2),
    })),
  );
}

/** A gateway's process, and those that it has started and that are alive. */
async function familyOf(processId: number): Promise<number[]> {
  const children = await readFile(`/proc/${processId}/task/${processId}/children`, 'utf8');
  return [processId, ...children.split(' ').filter(Boolean).map(Number)];
}

/** Processor seconds of a gateway and of the processes that it has started and that are alive. */
async function cpuOfAll(processId: number): Promise<number> {
  const times = await Promise.all((await familyOf(processId)).map(cpuOf));
  return times.reduce((sum, seconds) => sum + seconds, 0);
}
