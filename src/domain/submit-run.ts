import { createHash } from 'node:crypto';
import { Conflict, InputCheck } from '../errors.ts';
import type { Project, Run, RunKind, StateStrategy, Statements } from '../store/index.ts';
import { pluginsLockKey, stateLockKey } from '../store/lock-keys.ts';
import { pairsOf, parseBlocks, stateIdOf, type Block } from './blocks.ts';
import { checkVariables, toStoredVariables, type Variable } from './environment-variables.ts';
import { isReservedName } from '../runner/environment.ts';
import { isStorable } from '../runner/storable.ts';
import type { Services } from './services.ts';

/** What every verb that starts a run lets its caller choose. */
export interface RunOptions {
  fullRefresh?: boolean | null | undefined;
  refreshCatalog?: boolean | null | undefined;
  noStateUpdate?: boolean | null | undefined;
  stateIdSuffix?: string | null | undefined;
  stateStrategy?: StateStrategy | null | undefined;
  env?: readonly Variable[] | null | undefined;
  /** Longest time the run may take, in seconds. */
  timeout?: number | null | undefined;
  clientRequestId?: string | null | undefined;
}

/** What to run, found and about to be checked. */
export interface RunSubject {
  project: Project;
  environment: { id: string; name: string; stateIdSuffix: string | null } | null;
  jobId: string | null;
  kind: RunKind;
  /** The blocks, or the names of the plugins to install. */
  names: readonly string[];
  /** Where in the input the names come from. */
  path: string;
  /** What was wrong with the input so far. */
  check?: InputCheck;
}

/** The verb and what it was given, to know a repeated request by. */
export interface Submission {
  mutation: string;
  input: RunOptions;
}

/**
 * Checks and stores a run, and wakes a worker for it: all in one transaction, so that a run which was
 * answered is one that will be executed.
 *
 * @param find finds what to run, in that transaction; not called for a repeated request, whose answer stays the same whatever
 *   has become of that since
 * @returns the run; the first one as it is now when the `clientRequestId` was used before
 * @throws InvalidInput, Conflict, and what `find` throws
 */
export async function submitRun(
  { store }: Services,
  { mutation, input }: Submission,
  find: (tx: Statements) => Promise<RunSubject>,
): Promise<Run> {
  const { clientRequestId, ...rest } = input;
  // An id that breaks the rules is refused together with the other mistakes.
  const request =
    clientRequestId == null || badRequestId(clientRequestId) !== null
      ? null
      : { clientRequestId, mutation, inputDigest: digestOf({ mutation, ...rest }) };
  const first = request && (await firstAnswer(store, request));
  if (first) return first;
  try {
    return await store.transaction(async (tx) => {
      const run = await createRun(tx, await find(tx), input);
      if (request && !(await tx.recordClientRequest({ ...request, resultId: run.id }))) throw new Repeated();
      await tx.wake(run.id);
      return run;
    });
  } catch (error) {
    // The same request came twice at once, and the other one was first: its answer is ours.
    const other = error instanceof Repeated && request ? await firstAnswer(store, request) : null;
    if (other === null) throw error;
    return other;
  }
}

class Repeated extends Error {
  override name = 'Repeated';
}

interface KnownRequest {
  clientRequestId: string;
  mutation: string;
  inputDigest: string;
}

async function firstAnswer(db: Statements, request: KnownRequest): Promise<Run | null> {
  const first = await db.clientRequest(request.clientRequestId);
  if (first && first.inputDigest !== request.inputDigest) {
    throw new Conflict(
      `The clientRequestId "${request.clientRequestId}" was used before with another input; take a new one.`,
      ['input', 'clientRequestId'],
    );
  }
  return first && (await db.runById(first.resultId));
}

function badRequestId(id: string): string | null {
  return id !== '' && id.length <= 200 && isStorable(id)
    ? null
    : 'A clientRequestId has 1 to 200 characters, and no NUL among them.';
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

async function createRun(tx: Statements, subject: RunSubject, input: RunOptions): Promise<Run> {
  const { project, environment, jobId, kind, names, path } = subject;
  // Meltano lets `env:` at the root of `meltano.yml` override its process environment.
  const overridden = project.envNames.find(isReservedName);
  if (overridden !== undefined) {
    throw new Conflict(
      `\`env:\` in the project's meltano.yml sets ${overridden}, which would lead the run's state past this gateway; remove it there and import again.`,
    );
  }
  const plugins = await tx.pluginsOf(project.id);
  const { check = new InputCheck() } = subject;
  const { blocks, mistakes } = kind === 'RUN' ? parseBlocks(names, plugins) : { blocks: [], mistakes: [] };
  for (const { code, message } of mistakes) check.add(path, code, message);
  checkVariables(check, input.env ?? []);
  checkSuffix(check, input.stateIdSuffix);
  const badId = input.clientRequestId == null ? null : badRequestId(input.clientRequestId);
  if (badId !== null) check.add('clientRequestId', 'BAD_REQUEST_ID', badId);
  if (input.timeout != null && (input.timeout < 1 || input.timeout > 30 * 24 * 3600)) {
    check.add('timeout', 'OUT_OF_RANGE', 'A timeout lies between 1 second and 30 days (2,592,000 seconds).');
  }
  check.done();

  const suffix = input.stateIdSuffix ?? environment?.stateIdSuffix ?? null;
  return tx.createRun(
    {
      projectId: project.id,
      environmentId: environment?.id ?? null,
      jobId,
      kind,
      status: 'QUEUED',
      command: names.join(' '),
      fullRefresh: input.fullRefresh ?? false,
      refreshCatalog: input.refreshCatalog ?? false,
      noStateUpdate: input.noStateUpdate ?? false,
      stateIdSuffix: input.stateIdSuffix ?? null,
      stateStrategy: input.stateStrategy ?? 'AUTO',
      env: toStoredVariables(input.env ?? [], plugins),
      timeoutSeconds: input.timeout ?? null,
      lockKeys:
        environment === null
          ? [pluginsLockKey]
          : input.noStateUpdate
            ? []
            : pairsOf(blocks).map((pair) =>
                stateLockKey(environment.id, stateIdOf(environment.name, pair, suffix)),
              ),
    },
    blocks.map((block: Block) => ({ ...block })),
  );
}

// The suffix becomes a part of a directory's name in Meltano's state backend.
function checkSuffix(check: InputCheck, suffix: string | null | undefined): void {
  if (suffix == null) return;
  if (suffix === '' || suffix.length > 100 || /[:/\s\p{Cc}\p{Cs}]/u.test(suffix)) {
    check.add(
      'stateIdSuffix',
      'BAD_SUFFIX',
      'A state id suffix has 1 to 100 characters, without `:`, `/`, blanks or control characters.',
    );
  }
}
