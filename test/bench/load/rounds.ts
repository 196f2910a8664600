import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Say } from '../command.ts';
import type { Operation } from '../operations/operations.ts';
import type { Call, Request, ServerName } from '../operations/requests.ts';
import type { Server } from '../servers/start-servers.ts';
import type { LoadOptions } from './load-flags.ts';
import { cpuOf, cpuOfChildren, forgetPeak, passed, peakOf } from './usage.ts';
import { sendLoad } from './wrk.ts';

/** What was measured in one turn of a server. */
export interface Turn {
  operation: string;
  server: ServerName;
  round: number;
  requests: number;
  requestsPerSecond: number;
  /** In milliseconds. */
  p50: number;
  p99: number;
  /** Processor seconds for 1,000 requests: of the server, and of PostgreSQL where that is apart. */
  serverCpu: number;
  databaseCpu: number | null;
  /** Peak of the server's resident memory, in megabytes. */
  memory: number;
}

/** When a server is done with its turn: it takes less processor time than this, in seconds, between two looks. */
const settling = { everyMs: 200, quiet: 0.03, looks: 50 };

/** What takes part in a measurement. */
export interface Turns {
  servers: readonly Server[];
  operations: readonly Operation[];
  requestFor: (server: ServerName, call: Call) => Request;
  /** Parent of PostgreSQL's backends; null when the database is embedded. */
  postmaster: number | null;
  directory: string;
  options: LoadOptions;
  say: Say;
}

/**
 * Lets the servers take turns, operation by operation and round by round, in an order that rotates, so
 * that other work on the machine hits all of them alike. Each has had a turn of everything before.
 */
export async function takeTurns(benchmark: Turns): Promise<Turn[]> {
  const { servers, operations, options, say } = benchmark;
  say('Warming up …');
  for (const operation of operations) {
    for (const server of servers)
      await takeTurn(benchmark, operation, server, -1, Math.min(options.seconds, 3));
  }
  const turns: Turn[] = [];
  for (let round = 0; round < options.rounds; round += 1) {
    say(`Round ${round + 1} of ${options.rounds} …`);
    for (const [i, operation] of operations.entries()) {
      for (const server of rotate(servers, round + i)) {
        turns.push(await takeTurn(benchmark, operation, server, round, options.seconds));
      }
    }
  }
  return turns;
}

async function takeTurn(
  { requestFor, postmaster, directory, options }: Turns,
  { key, calls }: Operation,
  { name, origin, processId }: Server,
  round: number,
  seconds: number,
): Promise<Turn> {
  const backends = () => (postmaster === null ? new Map<number, number>() : cpuOfChildren(postmaster));
  const look = async () => ({ own: await cpuOf(processId), backends: await backends() });
  await forgetPeak(processId);
  const before = await look();
  const load = await sendLoad(
    origin,
    calls.map((call) => requestFor(name, call)),
    { script: join(directory, 'wrk.lua'), seconds, connections: options.connections },
  );
  const after = await look();
  const memory = await peakOf(processId);
  // The load generator leaves without its last answers; the next turn must not pay for them.
  for (let last = after, i = 0; i < settling.looks; i += 1) {
    await sleep(settling.everyMs);
    const now = await look();
    if (now.own - last.own + passed(last.backends, now.backends) < settling.quiet) break;
    last = now;
  }
  const perThousand = (cpu: number): number => (cpu / load.requests) * 1000;
  return {
    operation: key,
    server: name,
    round,
    requests: load.requests,
    requestsPerSecond: load.requests / load.seconds,
    p50: load.p50,
    p99: load.p99,
    serverCpu: perThousand(after.own - before.own),
    databaseCpu: postmaster === null ? null : perThousand(passed(before.backends, after.backends)),
    memory,
  };
}

function rotate<T>(list: readonly T[], by: number): T[] {
  const start = by % Math.max(list.length, 1);
  return [...list.slice(start), ...list.slice(0, start)];
}
