import { endMarked, groupsWith, seeProcesses, type IsMarked } from '../../lib/processes/marked.ts';
import { isUuid } from '../../lib/uuid.ts';
import { signalGroup, waitForGroupEnd } from '../../lib/processes/process-group.ts';
import { orphanGraceMs, supervisorMark } from './supervisor.ts';

/** A run of which processes may be on this machine. */
interface RunOfStore {
  runId: string;
  /** What tells the store from a copy of it (`Store.identity`). All that have the run are meant when it is absent. */
  store?: string | undefined;
}

interface StrayRun extends RunOfStore {
  /** Time between asking the processes to end and killing them, in milliseconds; default 10 seconds. */
  graceMs?: number;
}

const runMark = 'MELTANO_RUN_ID=';
const storeMark = 'MELTANO_GRAPHQL_STORE=';

/**
 * Tells the processes of a run from others. A copy of a database, such as a backup that was brought back beside it, has the
 * same runs: what a gateway on the one executes is nothing to a gateway on the other. Processes without the mark of a store
 * were started by an older version.
 */
export function isOfRun({ runId, store }: RunOfStore, mark = runMark): IsMarked {
  return (environment) => environment.includes(mark + runId) && isOfStore(environment, store);
}

function isOfStore(environment: readonly string[], store: string | undefined): boolean {
  const of = environment.find((variable) => variable.startsWith(storeMark));
  return of === undefined || store === undefined || of === storeMark + store;
}

/** Ends what remains on this machine of a run whose gateway died. @returns as `endMarked` */
export async function killStrayRun({
  graceMs = 10_000,
  ...run
}: StrayRun): Promise<'NOT_FOUND' | 'ENDED' | 'KILLED'> {
  const supervisors = await groupsWith(isOfRun(run, supervisorMark));
  const [ended] = await Promise.all([endMarked(isOfRun(run), graceMs), ...supervisors.map(endSupervised)]);
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
  return groupsWith(isOfRun({ runId }));
}

/** The ids of the runs of which a process is alive on this machine that a gateway on the store has started. */
export async function runsAlive(store: string): Promise<string[]> {
  const isOfGateway = (variable: string): boolean =>
    variable.startsWith('MELTANO_GRAPHQL_WORKER=') || variable.startsWith(supervisorMark);
  const seen = await seeProcesses(
    (environment) => environment.some(isOfGateway) && isOfStore(environment, store),
  );
  const ids = seen.flatMap(({ environment }) =>
    environment.flatMap((variable) => {
      const own = [runMark, supervisorMark].find((prefix) => variable.startsWith(prefix));
      return own === undefined ? [] : [variable.slice(own.length)];
    }),
  );
  return [...new Set(ids)].filter(isUuid);
}
