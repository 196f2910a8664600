import { Conflict, InputCheck, NotFound, Validated } from '../errors.ts';
import type { Run, RunKind, StateStrategy } from '../store/index.ts';
import { pluginsLockKey, stateLockKey } from '../store/lock-keys.ts';
import type { Place, PlaceReference } from '../store/place.ts';
import type { NewRun } from '../store/submission.ts';
import { pairsOf, parseBlocks, stateIdOf, type Block } from './blocks.ts';
import type { Rules } from './carry-out.ts';
import { checkRequestId, firstAnswer, isRequestId, keyedRequest } from './client-request.ts';
import { checkVariables, toStoredVariables, type Variable } from './environment-variables.ts';
import { readAt } from './former-path.ts';
import { quoted } from './names.ts';
import { found, parseReference } from './parse-reference.ts';
import { isReservedName } from '../runner/environment.ts';
import type { Services } from './services.ts';
import { checkSuffix } from './state-id-suffix.ts';

/** What every verb that starts a run lets its caller choose. */
export interface RunOptions extends Rules {
  fullRefresh?: boolean | null | undefined;
  refreshCatalog?: boolean | null | undefined;
  noStateUpdate?: boolean | null | undefined;
  stateIdSuffix?: string | null | undefined;
  stateStrategy?: StateStrategy | null | undefined;
  env?: readonly Variable[] | null | undefined;
  /** Longest time the run may take, in seconds. */
  timeout?: number | null | undefined;
}

/** What to run, about to be checked. */
export interface RunSubject {
  kind: RunKind;
  /** The blocks, or the names of the plugins to install. */
  names: readonly string[];
  /** Where in the input the names come from. */
  path: string;
  /** What holds in place of the caller's choices: those of the run that is repeated. */
  options?: RunOptions;
  /** What was wrong with the input so far. */
  check?: InputCheck;
}

/** The verb, what it was given, and where its run is to belong. */
export interface Submission {
  mutation: string;
  input: RunOptions;
  place: {
    type: PlaceReference['type'];
    /** Id or path of the place. */
    text: string;
    /** Where in the arguments that stands. */
    path: readonly string[];
  };
}

/** How often a run is checked anew, because something had changed before it was stored. */
const attempts = 5;

/**
 * Checks and stores a run, and wakes a worker for it. One statement reads, one writes what still holds. The
 * worker is woken after that: should it not be, the recovery finds the run, so that a run which was answered
 * is one that will be executed.
 *
 * @param subjectOf says what to run, once the place is found; not called for a repeated request, whose answer
 *   stays the same whatever has become of that since
 * @returns the run; the first one as it is now when the `clientRequestId` was used before
 * @throws InvalidInput, Conflict, NotFound, Validated, and what `subjectOf` throws
 */
export async function submitRun(
  { store }: Services,
  { mutation, input, place }: Submission,
  subjectOf: (place: Place) => RunSubject,
): Promise<Run> {
  const { clientRequestId, validateOnly, ...payload } = input;
  // A key that breaks the rules is refused together with the other mistakes.
  const request =
    clientRequestId == null || !isRequestId(clientRequestId)
      ? null
      : keyedRequest(clientRequestId, mutation, payload);
  const { type, text, path } = place;
  const named = type === 'Run' && text.includes('/') ? 'Job' : type;
  const reference = parseReference(named, text, path);
  const asked = {
    clientRequestId: request?.clientRequestId ?? null,
    withSettings: (input.env ?? []).length > 0,
  };
  const read = async (place: PlaceReference['reference']) => {
    const answer = await store.findPlace({ type, reference: place }, asked);
    return answer.place || answer.earlier ? answer : null;
  };
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const answer =
      'id' in reference || named === 'Run'
        ? await read(reference)
        : await readAt(store, named, reference.names, (names) => read({ names }));
    if (request && answer?.earlier) {
      const run = await store.runById(firstAnswer(request, answer.earlier) as string);
      if (!run) {
        throw new NotFound('The run that this request has started was deleted; take a new clientRequestId.', [
          ...['input', 'clientRequestId'],
        ]);
      }
      if (validateOnly === true) throw new Validated();
      return run;
    }
    const present = found(answer?.place ?? null, type, text, path);
    const { run, blocks } = checkedRun(present, subjectOf(present), input);
    if (validateOnly === true) throw new Validated();
    const stored = await store.storeRun(present, run, blocks, request);
    if (stored) {
      store.queue.wake([stored.id]);
      return stored;
    }
  }
  throw new Conflict(`${quoted(text)} is being changed by others again and again; try it once more.`, path);
}

/** @throws InvalidInput, Conflict */
function checkedRun(
  { project, environment, job, run: repeated, plugins }: Place,
  { kind, names, path, options, check = new InputCheck() }: RunSubject,
  { clientRequestId, ...chosen }: RunOptions,
): { run: NewRun; blocks: Block[] } {
  // Meltano lets `env:` at the root of `meltano.yml` override its process environment.
  const overridden = project.envNames.find(isReservedName);
  if (overridden !== undefined) {
    throw new Conflict(
      `\`env:\` in the project's meltano.yml sets ${overridden}, which would lead the run's state past this gateway; remove it there and import again.`,
    );
  }
  const { blocks, mistakes } = kind === 'RUN' ? parseBlocks(names, plugins) : { blocks: [], mistakes: [] };
  for (const { code, message } of mistakes) check.add(path, code, message);
  const input = options ?? chosen;
  checkRunOptions(check, input);
  checkRequestId(check, clientRequestId);
  check.done();

  const suffix = input.stateIdSuffix ?? environment?.stateIdSuffix ?? null;
  const run: NewRun = {
    projectId: project.id,
    environmentId: environment?.id ?? null,
    jobId: job?.id ?? null,
    kind,
    command: names.join(' '),
    fullRefresh: input.fullRefresh ?? false,
    refreshCatalog: input.refreshCatalog ?? false,
    noStateUpdate: input.noStateUpdate ?? false,
    stateIdSuffix: input.stateIdSuffix ?? null,
    stateStrategy: input.stateStrategy ?? 'AUTO',
    env: toStoredVariables(input.env ?? [], plugins),
    timeoutSeconds: input.timeout ?? null,
    retryOfId: repeated?.id ?? null,
    attempt: (repeated?.attempt ?? 0) + 1,
    lockKeys:
      environment === null
        ? [pluginsLockKey]
        : input.noStateUpdate
          ? []
          : pairsOf(blocks).map((pair) =>
              stateLockKey(environment.id, stateIdOf(environment.name, pair, suffix)),
            ),
  };
  return { run, blocks };
}

/** Notes what is wrong with the options of a run, whatever it is to run. */
export function checkRunOptions(check: InputCheck, { env, stateIdSuffix, timeout }: RunOptions): void {
  checkVariables(check, env ?? []);
  checkSuffix(check, stateIdSuffix, { dollar: true });
  if (timeout != null && (timeout < 1 || timeout > 30 * 24 * 3600)) {
    check.add('timeout', 'OUT_OF_RANGE', 'A timeout lies between 1 second and 30 days (2,592,000 seconds).');
  }
}
