import { checkAnswers } from './compare.ts';
import { operations, type ServerName } from './operations.ts';
import { writeReport } from './report.ts';
import { takeTurns } from './rounds.ts';
import type { Sample } from './sample.ts';
import { summarize } from './summary.ts';
import { tableOf } from './table.ts';

type Turns = Parameters<typeof takeTurns>[0];

interface Measurement extends Omit<Turns, 'operations'> {
  sample: Sample;
  /** Versions of what takes part, by name. */
  versions: Record<string, string>;
  /** The server that the others are compared with. */
  base: ServerName;
}

/** Sees to it that the servers' answers are equal, gives each its turns, and prints and writes what came out. */
export async function measure({ sample, versions, base, ...rest }: Measurement): Promise<void> {
  const { servers, requestFor, options, say } = rest;
  const chosen = operations(sample).filter(
    ({ key }) => options.only.length === 0 || options.only.includes(key),
  );
  say('Comparing the answers …');
  await checkAnswers(servers, chosen, requestFor);
  const turns = await takeTurns({ ...rest, operations: chosen });
  const lines = summarize(chosen, turns);
  const files = await writeReport({ options, versions, turns, lines, base });
  say(`\n${tableOf(lines)}\n\nCPU: processor seconds for 1,000 requests. ${files.join(', ')}`);
}
