import type { Turn } from '../load/rounds.ts';
import type { Operation } from '../operations/operations.ts';
import { serverNames, type ServerName } from '../operations/requests.ts';
import { spreadOf, type Spread } from './statistics.ts';

/** What a server did in an operation, over all rounds. */
export interface Line {
  operation: string;
  title: string;
  server: ServerName;
  requestsPerSecond: Spread;
  p50: number;
  p99: number;
  serverCpu: number;
  databaseCpu: number | null;
  memory: number;
  /** Requests per second as a multiple of another server's in the same round. */
  ratios: Partial<Record<ServerName, Spread>>;
}

/** Sums the turns up, a line for each operation and server. */
export function summarize(operations: readonly Operation[], turns: readonly Turn[]): Line[] {
  return operations.flatMap(({ key, title }) =>
    serverNames.flatMap((server) => {
      const own = turns.filter((turn) => turn.operation === key && turn.server === server);
      if (own.length === 0) return [];
      const median = (pick: (turn: Turn) => number): number => spreadOf(own.map(pick)).median;
      const ratios = serverNames
        .filter((other) => other !== server)
        .map((other) => [other, ratioTo(own, turns, other)] as const);
      return [
        {
          operation: key,
          title,
          server,
          requestsPerSecond: spreadOf(own.map((turn) => turn.requestsPerSecond)),
          p50: median((turn) => turn.p50),
          p99: median((turn) => turn.p99),
          serverCpu: median((turn) => turn.serverCpu),
          databaseCpu: own.some((turn) => turn.databaseCpu === null)
            ? null
            : median((turn) => turn.databaseCpu ?? 0),
          memory: Math.max(...own.map((turn) => turn.memory)),
          ratios: Object.fromEntries(ratios.filter(([, spread]) => spread !== null)),
        },
      ];
    }),
  );
}

function ratioTo(own: readonly Turn[], turns: readonly Turn[], server: ServerName): Spread | null {
  const ratios = own.flatMap(({ operation, round, requestsPerSecond }) =>
    turns
      .filter((turn) => turn.server === server && turn.operation === operation && turn.round === round)
      .map((turn) => requestsPerSecond / turn.requestsPerSecond),
  );
  return ratios.length === 0 ? null : spreadOf(ratios);
}
