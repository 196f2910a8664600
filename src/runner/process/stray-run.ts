import { endMarked, groupsWith, seeProcesses } from '../../lib/processes/marked.ts';

interface StrayRun {
  runId: string;
  /** Time between asking the processes to end and killing them, in milliseconds; default 10 seconds. */
  graceMs?: number;
}

const mark = 'MELTANO_RUN_ID=';

/** Ends what remains on this machine of a run whose gateway died. @returns as `endMarked` */
export function killStrayRun({
  runId,
  graceMs = 10_000,
}: StrayRun): Promise<'NOT_FOUND' | 'ENDED' | 'KILLED'> {
  return endMarked(mark + runId, graceMs);
}

/** The ids of the process groups of a run on this machine. */
export function groupsOfRun(runId: string): Promise<number[]> {
  return groupsWith(mark + runId);
}

/** The ids of the runs of which a process that a gateway has started is alive on this machine. */
export async function runsAlive(): Promise<string[]> {
  const isOfGateway = (variable: string): boolean => variable.startsWith('MELTANO_GRAPHQL_WORKER=');
  const seen = await seeProcesses((environment) => environment.some(isOfGateway));
  const ids = seen.flatMap(({ environment }) =>
    environment.flatMap((variable) => (variable.startsWith(mark) ? [variable.slice(mark.length)] : [])),
  );
  return [...new Set(ids)];
}
