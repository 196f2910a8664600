import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** What a benchmark is run with. */
export interface Options {
  /** Runs of the hot job, see `seed`. */
  runs: number;
  rounds: number;
  /** Seconds of a turn. */
  seconds: number;
  /** Connections that send requests, each one after the other. */
  connections: number;
  /** Keys of the operations; all when empty. */
  only: readonly string[];
  /** A server on which databases can be made; null to start one. */
  databaseUrl: string | null;
  /** Entry point of a built gateway; null to build this one. */
  main: string | null;
  /** Where the report and the chart go, without the ending. */
  out: string;
}

/** What `--help` prints. */
export const help = `npm run bench -- [COMMAND] [FLAGS]

  (none)     the read path on a server: the gateway, PostGraphile 5 and plain prepared SQL
  embedded   the same operations on the embedded database: the gateway and plain SQL
  flat       what (c) and (e) cost with 10,000 runs and with 10,000,000
  seed       makes a seeded database, says where, and keeps it until Ctrl-C

  --runs N            runs of the hot job (1,000,000; embedded 20,000; flat: the larger number)
  --rounds N          rounds (5), in each of which every server has its turn
  --seconds N         seconds of a turn (5)
  --connections N     connections (16)
  --only a,c          these operations alone
  --database-url URL  a PostgreSQL server of this machine, in place of one that is made
  --main PATH         dist/main.js of another build, in place of building this one
  --out PATH          where the report (.json) and the chart (.svg) go
  --quick             a fast look: 50,000 runs, one round of 1 s`;

/** Reads the flags. @throws when they make no sense */
export function readOptions(args: readonly string[], defaults: { runs: number; out: string }): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      runs: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      connections: { type: 'string', default: '16' },
      only: { type: 'string', default: '' },
      'database-url': { type: 'string' },
      main: { type: 'string' },
      out: {
        type: 'string',
        default: fileURLToPath(new URL(`../.artifacts/${defaults.out}`, import.meta.url)),
      },
      quick: { type: 'boolean', default: false },
    },
  });
  const { quick } = values;
  const number = (name: 'runs' | 'rounds' | 'seconds' | 'connections', byDefault: number): number => {
    const value = Number((values[name] ?? String(byDefault)).replaceAll(/[,_]/g, ''));
    if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} must be a whole number from 1.`);
    return value;
  };
  return {
    runs: number('runs', quick ? Math.min(50_000, defaults.runs) : defaults.runs),
    rounds: number('rounds', quick ? 1 : 5),
    seconds: number('seconds', quick ? 1 : 5),
    connections: number('connections', 16),
    only: values.only.split(',').filter((key) => key !== ''),
    databaseUrl: values['database-url'] ?? null,
    main: values.main === undefined ? null : resolve(values.main),
    out: values.out,
  };
}
