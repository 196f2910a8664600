import { endMarked, groupsWith, seeProcesses } from '../../lib/processes/marked.ts';
import { isUuid } from '../../lib/uuid.ts';
import { signalGroup, waitForGroupEnd } from '../../lib/processes/process-group.ts';
import { orphanGraceMs, supervisorMark } from './supervisor.ts';

interface StrayRun {
  runId: string;
  /** Time between asking the processes to end and killing them, in milliseconds; default 10 seconds. */
  graceMs?: number;
}

const mark = 'MELTANO_RUN_ID=';

/** Ends what remains on this machine of a run whose gateway died. @returns as `endMarked` */
export async function killStrayRun({
  runId,
  graceMs = 10_000,
}: StrayRun): Promise<'NOT_FOUND' | 'ENDED' | 'KILLED'> {
  const supervisors = await groupsWith(supervisorMark + runId);
  const [ended] = await Promise.all([endMarked(mark + runId, graceMs), ...supervisors.map(endSupervised)]);
  return ended === 'NOT_FOUND' && supervisors.length > 0 ? 'ENDED' : ended;
}

/** How long a supervisor may take for the end of all below it, in milliseconds. */
const supervisedMs = orphanGraceMs + 5000;

/** Ends what has left its mark behind, too. Its gateway may live, and not know that the run is LOST. */
async function endSupervised(supervisor: number): Promise<void> {
  signalGroup(supervisor, 'SIGUSR1');
  if (!(await waitForGroupEnd(supervisor, supervisedMs))) signalGroup(supervisor, 'SIGKILL');
}

/** The ids of the process groups of a run on this machine. */
export function groupsOfRun(runId: string): Promise<number[]> {
  return groupsWith(mark + runId);
}

/** The ids of the runs of which a process that a gateway has started is alive on this machine. */
export async function runsAlive(): Promise<string[]> {
  const isOfGateway = (variable: string): boolean =>
    variable.startsWith('MELTANO_GRAPHQL_WORKER=') || variable.startsWith(supervisorMark);
  const seen = await seeProcesses((environment) => environment.some(isOfGateway));
  const ids = seen.flatMap(({ environment }) =>
    environment.flatMap((variable) => {
      const own = [mark, supervisorMark].find((prefix) => variable.startsWith(prefix));
      return own === undefined ? [] : [variable.slice(own.length)];
    }),
  );
  return [...new Set(ids)].filter(isUuid);
}
