import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { limitCpu } from './cpu-limit.ts';
import { connect } from './database.ts';
import { operations, requests } from './operations.ts';
import { readOptions } from './options.ts';
import { quantile } from './post.ts';
import { checkWrk } from './provision.ts';
import { sampleOf } from './sample.ts';
import { startOurs, type Server } from './servers.ts';
import { seededDatabase, serverFor, setStage } from './stage.ts';
import { cpuOf } from './usage.ts';
import { sendLoad } from './wrk.ts';

/** One process that does everything, then so many that serve beside the one that executes runs. */
const clusters = [0, 1, 2] as const;

/**
 * Measures what further processes bring: the same requests to a gateway with `--cluster` 0, 1 and 2, in turns.
 * The load generator and PostgreSQL have the same cores as the gateway.
 *
 * - `--share 0.3`: lets each process use this part of a core only, so that on a small machine too the gateway
 *   is what is short, not what is left of the cores for PostgreSQL. Takes root.
 * - `--seeded URL`: a database that is seeded already (see `seed`), in place of a new one
 * - the flags of the other commands; `--only` says which operation, (c) when absent
 */
export async function run(args: string[], say: (line: string) => void): Promise<void> {
  const [seeded, others] = take(args, '--seeded');
  const [share, rest] = take(others, '--share');
  const options = readOptions(rest, { runs: 50_000, out: 'bench-cluster' });
  await checkWrk();
  const stage = await setStage(options.main, say);
  try {
    const url =
      seeded ?? (await seededDatabase(stage, await serverFor(stage, options.databaseUrl), options.runs));
    const connection = await connect(url);
    stage.atEnd(connection.close);
    const key = options.only[0] ?? 'c';
    const operation = operations(await sampleOf(connection)).find((one) => one.key === key);
    if (!operation) throw new Error(`There is no operation ${key}.`);
    const bodies = operation.calls.map((call) => requests('')('gateway', call));

    const servers: { processes: number; server: Server; rates: number[]; cpu: number[]; p99: number[] }[] =
      [];
    for (const processes of clusters) {
      const flags = ['--database-url', url, '--cluster', String(processes), '--log-level', 'error'];
      const data = join(stage.directory, `data-${processes}`);
      const server = await startOurs(stage.main, data, stage.projects, flags);
      if (share !== null) {
        for (const processId of await familyOf(server.processId)) {
          stage.atEnd(await limitCpu(processId, Number(share)));
        }
      }
      stage.atEnd(server.stop);
      servers.push({ processes, server, rates: [], cpu: [], p99: [] });
    }
    const load = (origin: string, seconds: number) =>
      sendLoad(origin, bodies, {
        script: join(stage.directory, 'cluster.lua'),
        seconds,
        connections: options.connections,
      });
    for (const { server } of servers) await load(server.origin, 3);
    for (let round = 0; round < options.rounds; round += 1) {
      for (let i = 0; i < servers.length; i += 1) {
        const turn = servers[(i + round) % servers.length];
        if (!turn) continue;
        const before = await cpuOfAll(turn.server.processId);
        const { requests: count, seconds, p99 } = await load(turn.server.origin, options.seconds);
        turn.cpu.push(((await cpuOfAll(turn.server.processId)) - before) / (count / 1000));
        turn.rates.push(count / seconds);
        turn.p99.push(p99);
      }
      say(`round ${round + 1} of ${options.rounds}`);
    }
    const one = quantile(servers[0]?.rates ?? [], 0.5);
    console.table(
      servers.map(({ processes, rates, cpu, p99 }) => ({
        '--cluster': processes,
        'requests/s': Math.round(quantile(rates, 0.5)),
        ratio: (quantile(rates, 0.5) / one).toFixed(2),
        'p99 ms': quantile(p99, 0.5).toFixed(1),
        'CPU s per 1,000': quantile(cpu, 0.5).toFixed(2),
      })),
    );
    say(`Operation (${operation.key}): ${operation.title}; the median of ${options.rounds} rounds.`);
  } finally {
    await stage.close();
  }
}

/** Takes a flag with its value out of the arguments. */
function take(args: readonly string[], flag: string): [string | null, string[]] {
  const at = args.indexOf(flag);
  return at < 0 ? [null, [...args]] : [args[at + 1] ?? '', args.filter((_, i) => i !== at && i !== at + 1)];
}

/** A gateway's process, and those that it has started and that are alive. */
async function familyOf(processId: number): Promise<number[]> {
  const text = await readFile(`/proc/${processId}/task/${processId}/children`, 'utf8');
  return [processId, ...text.split(' ').filter(Boolean).map(Number)];
}

/** Processor seconds of a gateway and of the processes that it has started and that are alive. */
async function cpuOfAll(processId: number): Promise<number> {
  const times = await Promise.all((await familyOf(processId)).map(cpuOf));
  return times.reduce((sum, seconds) => sum + seconds, 0);
}
