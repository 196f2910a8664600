import { Conflict, InputCheck, NotFound, Validated } from '../../errors.ts';
import type { Run, RunKind, RunPriority, RunTrigger, StateStrategy } from '../../store/index.ts';
import { sharedNow } from '../../lib/shared-clock.ts';
import { pluginsLeaseKey, scheduleLeaseKey, stateLeaseKey, timeKey } from '../../store/leases/lease-keys.ts';
import type { RunContext, RunContextReference } from '../../store/runs/run-context.ts';
import type { NewRun } from '../../store/runs/submissions.ts';
import { blocksOfPair, pairsOf, parseBlocks, stateIdOf, type Block } from '../definitions/blocks.ts';
import type { Rules } from '../rules/apply-rules.ts';
import { checkRequestId, firstAnswer, keyedRequest } from '../rules/request-key.ts';
import { checkRetryPolicy, toRetryPolicy, type RetryPolicyInput } from '../definitions/retry-policy.ts';
import { checkVariables, toStoredVariables, type Variable } from '../definitions/environment-variables.ts';
import { checkLabels, storedLabels } from '../naming/labels.ts';
import { readAt } from '../naming/former-path.ts';
import { quoted } from '../../lib/quoted.ts';
import { found, parseReference } from '../naming/parse-reference.ts';
import { isReservedName } from '../../runner/environment.ts';
import type { Gateway } from '../gateway.ts';
import { checkSuffix } from '../definitions/state-id-suffix.ts';

/** The options of every verb that starts a run. */
export interface RunOptions extends Rules {
  fullRefresh?: boolean | null | undefined;
  refreshCatalog?: boolean | null | undefined;
  noStateUpdate?: boolean | null | undefined;
  stateIdSuffix?: string | null | undefined;
  stateStrategy?: StateStrategy | null | undefined;
  env?: readonly Variable[] | null | undefined;
  /** What asks for it. API when absent. */
  trigger?: 'BULK';
  /** Longest time the run may take, in seconds. */
  timeoutSeconds?: number | null | undefined;
  /** It ends when it has not started by then, in seconds from its request or its `runAt`. */
  expiresAfterSeconds?: number | null | undefined;
  /** It does not start before this time. */
  runAt?: Date | null | undefined;
  /** It does not start before so many seconds have passed. */
  delaySeconds?: number | null | undefined;
  /** Labels that its worker must have. Those of its job when absent. */
  labels?: readonly string[] | null | undefined;
  /** That of its schedule or its job when absent. */
  priority?: RunPriority | null | undefined;
  /** By which policy it is retried. By that of its job when absent. */
  retryPolicy?: RetryPolicyInput | null | undefined;
}

/** Variables as the store keeps them, with values that may be missing. */
export type StoredVariables = readonly { name: string; value: string | null; sensitive: boolean }[];

/** What a run of a schedule or of a backfill has beside any other run. */
export interface OfSchedule {
  scheduleId: string | null;
  scheduledFor: Date | null;
  /** The backfill that makes the run. */
  backfillId?: string | null;
  /** The state id of an extract-load schedule, and its transform mode; null for the schedule of a job. */
  ownStateId: string | null;
  transform: string | null;
  /** Its variables, which were checked when the schedule was made. */
  env: StoredVariables;
  /** Whether it waits for the end of other runs of the schedule. */
  isAlone: boolean;
}

/** What to run, before it is checked. */
export interface WhatToRun {
  kind: RunKind;
  /** What it has of its schedule; absent for any other run. */
  schedule?: OfSchedule;
  /** What asks for it; by default the caller. */
  trigger?: RunTrigger;
  /** The blocks, or the names of the plugins to install. */
  names: readonly string[];
  /** Where the names are in the input. */
  path: string;
  /** The options to use instead of the caller's: those of the run that is repeated. */
  options?: RunOptions;
  /** The mistakes found so far. */
  check?: InputCheck;
}

/** The verb, its input, and what the run belongs to. */
export interface Submission {
  mutation: string;
  input: RunOptions;
  context: {
    type: RunContextReference['type'];
    /** Id or path. */
    text: string;
    /** Where it is in the arguments. */
    at: readonly string[];
  };
}

/** The longest time between the request of a run and its start, in seconds. */
const longestDelay = 365 * 24 * 3600;

/** How often a run is checked again when something has changed before it was stored. */
const attempts = 5;

/**
 * Checks and stores a run, and wakes a worker for it. One statement reads the context; another stores the run
 * if the context has not changed. If waking fails, the recovery finds the run later, so a run that was
 * answered is always executed.
 *
 * @param whatToRun says what to run in the context. It is not called for a repeated request, which gets the
 *   first answer even if its job has changed
 * @returns the run; the first run, as it is now, when the `clientRequestId` was used before
 * @throws InvalidInput, Conflict, NotFound, Unavailable, Validated, and what `whatToRun` throws
 */
export async function submitRun(
  gateway: Gateway,
  { mutation, input, context }: Submission,
  whatToRun: (context: RunContext) => WhatToRun | Promise<WhatToRun>,
): Promise<Run> {
  const { db, wake, checkRoom, checkNotStopping } = gateway;
  const { validateOnly } = input;
  // A key that is not valid is reported together with the other mistakes.
  const request = await keyedRequest(mutation, input);
  const { type, text, at } = context;
  const named = type === 'Run' && text.includes('/') ? 'Job' : type;
  const reference = parseReference(named, text, at);
  const asked = {
    clientRequestId: request?.clientRequestId ?? null,
    withSettings: (input.env ?? []).length > 0,
  };
  const read = async (by: RunContextReference['reference']) => {
    const answer = await db.submissions.findContext({ type, reference: by }, asked);
    return answer.context || answer.earlier ? answer : null;
  };
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const answer =
      'id' in reference || named === 'Run'
        ? await read(reference)
        : await readAt(db, named, reference.names, (names) => read({ names }));
    if (request && answer?.earlier) {
      const run = await db.runs.byId(firstAnswer(request, answer.earlier) as string);
      if (!run) {
        throw new NotFound('The run that this request has started was deleted; take a new clientRequestId.', [
          'input',
          'clientRequestId',
        ]);
      }
      if (validateOnly === true) throw new Validated();
      return run;
    }
    const present = found(answer?.context ?? null, type, text, at);
    const { run, blocks } = checkedRun(gateway, present, await whatToRun(present), input);
    checkNotStopping();
    checkRoom();
    if (validateOnly === true) throw new Validated();
    const stored = await db.submissions.store(present, run, blocks, request);
    if (stored) {
      if (stored.waitingForKey === null) wake([stored.id]);
      return stored;
    }
  }
  throw new Conflict(`${quoted(text)} is being changed by others again and again; try it once more.`, at);
}

/**
 * Checks and stores a run of a schedule, in the transaction of the caller, who wakes a worker for it after that.
 *
 * @returns null when the context has changed since it was read
 * @throws InvalidInput, Conflict
 */
export function storeRun(gateway: Gateway, context: RunContext, what: WhatToRun): Promise<Run | null> {
  const { run, blocks } = checkedRun(gateway, context, what, {});
  return gateway.db.submissions.store(context, run, blocks, null);
}

/** @throws InvalidInput, Conflict */
function checkedRun(
  gateway: Gateway,
  { project, environment, job, run: repeated, plugins }: RunContext,
  { kind, names, path, options, schedule, trigger, check = new InputCheck() }: WhatToRun,
  { clientRequestId, ...chosen }: RunOptions,
): { run: NewRun; blocks: Block[] } {
  // In Meltano, `env:` at the root of `meltano.yml` overrides variables of the process.
  const overridden = project.envNames.find(isReservedName);
  if (overridden !== undefined) {
    throw new Conflict(
      `\`env:\` in the project's meltano.yml sets ${overridden}, which would lead the run's state past this gateway; remove it there and import again.`,
    );
  }
  const { blocks: parsed, mistakes } =
    kind === 'RUN' ? parseBlocks(names, plugins) : { blocks: [], mistakes: [] };
  const blocks = schedule?.ownStateId == null ? parsed : blocksOfPair(parsed, schedule.transform);
  for (const { code, message } of mistakes) check.add(path, code, message);
  const input = options ?? chosen;
  checkRunOptions(gateway, check, input);
  checkRequestId(check, clientRequestId);
  check.done();

  const run: NewRun = {
    projectId: project.id,
    environmentId: environment?.id ?? null,
    jobId: job?.id ?? null,
    scheduleId: schedule?.scheduleId ?? null,
    scheduledFor: schedule?.scheduledFor ?? null,
    backfillId: schedule?.backfillId ?? null,
    ownStateId: schedule?.ownStateId ?? null,
    transform: schedule?.transform ?? null,
    trigger: repeated ? 'RETRY' : (trigger ?? chosen.trigger ?? 'API'),
    kind,
    command: names.join(' '),
    fullRefresh: input.fullRefresh ?? false,
    refreshCatalog: input.refreshCatalog ?? false,
    noStateUpdate: input.noStateUpdate ?? false,
    stateIdSuffix: input.stateIdSuffix ?? null,
    stateStrategy: input.stateStrategy ?? 'AUTO',
    env: schedule?.env ?? toStoredVariables(input.env ?? [], plugins),
    timeoutSeconds: input.timeoutSeconds ?? null,
    expiresAfterSeconds: input.expiresAfterSeconds ?? null,
    labels: storedLabels(input).labels ?? null,
    priority: input.priority ?? null,
    ...whenToStart(input),
    retryPolicy: input.retryPolicy ? toRetryPolicy(input.retryPolicy) : null,
    retryOfId: repeated?.id ?? null,
    attempt: (repeated?.attempt ?? 0) + 1,
    leaseKeys: leaseKeysOf(environment, blocks, input, schedule),
    traceparent: gateway.traceparent(),
  };
  return { run, blocks };
}

/** When a run may start. One that is not to start yet waits for that. */
function whenToStart({ runAt, delaySeconds }: RunOptions): Pick<NewRun, 'runAt' | 'waitingForKey'> {
  const now = sharedNow();
  const at = runAt?.getTime() ?? (delaySeconds == null ? now : now + delaySeconds * 1000);
  return at <= now ? { runAt: null, waitingForKey: null } : { runAt: new Date(at), waitingForKey: timeKey };
}

function leaseKeysOf(
  environment: RunContext['environment'],
  blocks: readonly Block[],
  { stateIdSuffix, noStateUpdate }: RunOptions,
  schedule: OfSchedule | undefined,
): string[] {
  if (environment === null) return [pluginsLeaseKey];
  const suffix = stateIdSuffix ?? environment.stateIdSuffix;
  const stateIds =
    schedule?.ownStateId == null
      ? pairsOf(blocks).map((pair) => stateIdOf(environment.name, pair, suffix))
      : [schedule.ownStateId];
  const { scheduleId = null, isAlone = false } = schedule ?? {};
  return [
    ...(noStateUpdate === true ? [] : stateIds.map((stateId) => stateLeaseKey(environment.id, stateId))),
    ...(scheduleId !== null && isAlone ? [scheduleLeaseKey(scheduleId)] : []),
  ];
}

/** Notes what is wrong with the options of a run of any kind. */
export function checkRunOptions(gateway: Gateway, check: InputCheck, options: RunOptions): void {
  const { env, stateIdSuffix, timeoutSeconds, expiresAfterSeconds, labels, retryPolicy } = options;
  const { runAt, delaySeconds } = options;
  if (runAt != null && delaySeconds != null)
    check.add('delaySeconds', 'ONE_OF', 'Give either `runAt` or `delaySeconds`, not both.');
  if (delaySeconds != null && (delaySeconds < 0 || delaySeconds > longestDelay))
    check.add(
      'delaySeconds',
      'OUT_OF_RANGE',
      'A delay lies between 0 seconds and a year (31,536,000 seconds).',
    );
  if (runAt != null && runAt.getTime() > sharedNow() + longestDelay * 1000)
    check.add('runAt', 'OUT_OF_RANGE', 'A run can be requested at most a year ahead.');
  checkRetryPolicy(check, retryPolicy);
  checkVariables(check, env ?? [], gateway);
  checkSuffix(check, stateIdSuffix, { dollar: true });
  checkLabels(check, labels);
  if (timeoutSeconds != null && (timeoutSeconds < 1 || timeoutSeconds > 30 * 24 * 3600)) {
    check.add(
      'timeoutSeconds',
      'OUT_OF_RANGE',
      'A timeout lies between 1 second and 30 days (2,592,000 seconds).',
    );
  }
  if (expiresAfterSeconds != null && (expiresAfterSeconds < 1 || expiresAfterSeconds > longestDelay)) {
    check.add(
      'expiresAfterSeconds',
      'OUT_OF_RANGE',
      'A run expires after between 1 second and a year (31,536,000 seconds).',
    );
  }
}
