import { operations } from '../operations/operations.ts';
import type { ServerName } from '../operations/requests.ts';
import { readsTable } from '../report/reads-table.ts';
import { writeReport, type ReportOptions } from '../report/report.ts';
import { summarize } from '../report/summary.ts';

import type { Sample } from '../seed/sample.ts';
import { checkAnswers } from './compare.ts';
import { takeTurns, type Turns } from './rounds.ts';

interface Measurement extends Omit<Turns, 'operations'> {
  options: Turns['options'] & ReportOptions & { only: readonly string[] };
  sample: Sample;
  /** Versions of what takes part, by name. */
  versions: Record<string, string>;
  /** The server that the others are compared with. */
  base: ServerName;
}

/** Sees to it that the servers' answers are equal, gives each its turns, and prints and writes what came out. */
export async function measureReads({ sample, versions, base, ...rest }: Measurement): Promise<void> {
  const { servers, requestFor, options, say } = rest;
  const chosen = operations(sample).filter(
    ({ key }) => options.only.length === 0 || options.only.includes(key),
  );
  say('Comparing the answers …');
  await checkAnswers(servers, chosen, requestFor);
  const turns = await takeTurns({ ...rest, operations: chosen });
  const lines = summarize(chosen, turns);
  const files = await writeReport({ options, versions, turns, lines, base });
  say(`\n${readsTable(lines)}\n\nCPU: processor seconds for 1,000 requests. ${files.join(', ')}`);
}
