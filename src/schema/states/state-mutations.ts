import { clearState } from '../../domain/states/clear-state.ts';
import { copyState } from '../../domain/states/copy-state.ts';
import { moveState } from '../../domain/states/move-state.ts';
import type { StateTarget as Target } from '../../domain/states/transfer-state.ts';
import { maxOperations } from '../../domain/states/documents/edit-document.ts';
import { editState } from '../../domain/states/edit-state.ts';
import { importState, maxStates } from '../../domain/states/import-state.ts';
import { mergeState } from '../../domain/states/merge-state.ts';
import { findEnvironment, findState } from '../../domain/naming/references.ts';
import { restoreState } from '../../domain/states/restore-state.ts';
import { checkStateId } from '../../domain/states/state-leases.ts';
import { setState } from '../../domain/states/set-state.ts';
import { mutationTarget, type MutationTarget } from '../../domain/rules/mutation-target.ts';
import { Busy, Conflict, InputCheck, InvalidInput, NotFound } from '../../errors.ts';
import type { Statements } from '../../store/index.ts';
import { builder } from '../builder.ts';
import { documentLimits } from '../../domain/states/documents/check-state.ts';
import { Environment } from '../environments/environment.ts';
import { shown } from '../maxima/maxima.ts';
import { StateDocumentInput } from './state-document.ts';
import { documentLimit, stateIdLimit } from './state-limits.ts';
import { StateOperationInput } from './state-operation.ts';
import { State } from './state.ts';
import { addVerb, inputFields, type InputFields } from '../verb.ts';
import { idOrPath } from '../naming/references.ts';

const StateTarget = builder.inputType('StateTarget', {
  description: 'The destination of a state.',
  fields: (t) => ({
    environment: t.id({
      description: `${idOrPath('Environment')} The environment of the source when absent.`,
    }),
    stateId: t.string({
      required: true,
      ...stateIdLimit,
      description:
        'State id: not empty, without `/`. Runs use the form `<environment>:<extractor>-to-<loader>[:<suffix>]`.',
    }),
  }),
});

const documentDescription = 'The document, `{"singer_state": {"bookmarks": …}}`.';

const StateSource = builder.inputType('StateSource', {
  description: 'What to merge into a state: a document, or another state. Give exactly one of the fields.',
  isOneOf: true,
  fields: (t) => ({
    document: t.field({ type: StateDocumentInput, description: documentDescription }),
    state: t.id({
      description: `${idOrPath('State', 'a state')} Its two documents are merged with each other first.`,
    }),
  }),
});

const ImportedStateInput = builder.inputType('ImportedStateInput', {
  description: 'A state to write.',
  fields: (t) => ({
    stateId: t.string({ required: true, ...stateIdLimit, description: 'State id: not empty, without `/`.' }),
    completed: t.field({
      type: StateDocumentInput,
      required: true,
      description: 'The completed document, a JSON object.',
    }),
    partial: t.field({
      type: StateDocumentInput,
      required: true,
      description: 'The partial document, a JSON object. `{}` is an empty one.',
    }),
  }),
});

// What every verb of this file says of `force`.
const forceText = 'Refused as `Busy` while a run uses the state id, unless `force` is true.';

function places(t: InputFields) {
  return {
    environment: t.id({
      required: true,
      description: idOrPath('Environment'),
    }),
    stateId: t.string({
      required: true,
      ...stateIdLimit,
      description: 'State id: not empty, without `/`.',
    }),
  };
}

function force(t: InputFields) {
  return {
    force: t.boolean({
      description:
        'Make the change although a run uses the state id. The run goes on from the state that it has read, and replaces both documents when it writes next. The change stays in the versions, with `isForced` true. False when absent.',
    }),
  };
}

function transferFields(t: InputFields, verb: 'copy' | 'move') {
  return {
    state: t.id({
      required: true,
      description: idOrPath('State', `the state to ${verb}`),
    }),
    to: t.field({ type: StateTarget, required: true, description: `Where to ${verb} it.` }),
    ...force(t),
  };
}

const stateNow = {
  field: 'state',
  node: State,
  table: 'State',
  description: 'The state as it is now.',
} as const;
const destination = { ...stateNow, description: 'The destination as it is now.' } as const;
const refusals = [NotFound, InvalidInput, Busy, Conflict];

async function stateAt(
  db: Statements,
  { environment, stateId }: { environment: string; stateId: string },
): Promise<MutationTarget | null> {
  const { id } = await findEnvironment(db, environment, ['input', 'environment']);
  return stateNamed(db, id, stateId, 'stateId');
}

/** @throws InvalidInput, because what cannot be an id cannot be looked for either */
async function stateNamed(
  db: Statements,
  environmentId: string,
  stateId: string,
  path: string,
): Promise<MutationTarget | null> {
  const check = new InputCheck();
  checkStateId(check, path, stateId);
  check.done();
  const state = await db.states.byStateId(environmentId, stateId);
  return state && { table: 'State', id: state.id };
}

function stateOf(db: Statements, reference: string, field: string): Promise<MutationTarget> {
  return mutationTarget(db, 'State', reference, ['input', field]);
}

async function targetOf(db: Statements, state: string, to: Target): Promise<MutationTarget | null> {
  const environmentId =
    to.environment == null
      ? (await findState(db, state, ['input', 'state'])).environmentId
      : (await findEnvironment(db, to.environment, ['input', 'to', 'environment'])).id;
  return stateNamed(db, environmentId, to.stateId, 'to.stateId');
}

addVerb({
  name: 'setState',
  description: `Replaces the completed document of a state and empties the partial document, as \`meltano state set\` does. Creates the state when there is none. The former documents stay in the versions. ${forceText}`,
  input: inputFields((t) => ({
    ...places(t),
    document: t.field({ type: StateDocumentInput, required: true, description: documentDescription }),
    ...force(t),
  })),
  success: stateNow,
  refusals,
  target: stateAt,
  verb: setState,
});

addVerb({
  name: 'mergeState',
  description: `Merges a document, or another state, into the partial document of a state, as \`meltano state merge\` does. Objects are merged key by key; any other value replaces the former one. The completed document stays. The next run starts from the partial document merged over the completed one. Creates the state when there is none. To remove something from a state, use \`editState\`. ${forceText}`,
  input: inputFields((t) => ({
    ...places(t),
    source: t.field({ type: StateSource, required: true, description: 'What to merge.' }),
    ...force(t),
  })),
  success: stateNow,
  refusals,
  target: stateAt,
  verb: mergeState,
});

addVerb({
  name: 'copyState',
  description: `Copies a state to another state id, in the same environment or another one, as \`meltano state copy\` does. The two documents of the source are merged and become the completed document of the destination. The partial document of the destination is emptied. The former documents of the destination stay in its versions. ${forceText} \`ifMatch\` applies to the destination.`,
  input: inputFields((t) => transferFields(t, 'copy')),
  success: destination,
  refusals,
  target: (db, { state, to }) => targetOf(db, state, to),
  verb: copyState,
});

addVerb({
  name: 'moveState',
  description: `Moves a state's documents to another state id, in the same environment or another one, as \`meltano state move\` does. The two documents of the source are merged and become the completed document of the destination. The partial document of the destination is emptied, and the source is cleared, all in one transaction. The former documents of both stay in their versions. The former state id is then free, and leads nowhere. To change the id of a state and keep its versions together, use \`moveResource\`. ${forceText} \`ifMatch\` applies to the source.`,
  input: inputFields((t) => transferFields(t, 'move')),
  success: destination,
  refusals,
  target: (db, { state }) => stateOf(db, state, 'state'),
  verb: moveState,
});

addVerb({
  name: 'clearState',
  description: `Removes the documents of a state, as \`meltano state clear\` does. The next run starts without a state. Lists and paths no longer show the state, but its id still leads to it. \`restoreState\` brings back any of its versions, and the next write to the state id uses the state again. A state that is already cleared stays as it is. ${forceText}`,
  input: inputFields((t) => ({
    state: t.id({
      required: true,
      description: idOrPath('State'),
    }),
    ...force(t),
  })),
  success: { ...stateNow, description: 'The state, with its `deletedAt`.' },
  refusals,
  target: (db, { state }) => stateOf(db, state, 'state'),
  verb: clearState,
});

addVerb({
  name: 'restoreState',
  description: `Gives a state the documents of one of its versions. This makes a new version, and all versions stay. A cleared state has no path, so give its id. ${forceText}`,
  input: inputFields((t) => ({
    state: t.id({
      required: true,
      description: idOrPath('State'),
    }),
    version: t.int({ required: true, description: 'Number of the version, from 1.' }),
    ...force(t),
  })),
  success: stateNow,
  refusals,
  target: (db, { state }) => stateOf(db, state, 'state'),
  verb: restoreState,
});

addVerb({
  name: 'editState',
  description: `Edits a state, as \`meltano state edit\` does with an editor. The two documents are merged, and the operations are applied to the result one after the other. It becomes the completed document, and the partial document is emptied. When the operations change nothing, nothing is written. When a value is missing or a \`test\` fails, nothing is written either, and the answer is a \`Conflict\` whose path names the operation. Give either \`operations\` or \`patch\`. ${forceText}`,
  input: inputFields((t) => ({
    state: t.id({
      required: true,
      description: `${idOrPath('State')} When the path leads to no state, the operations are applied to an empty document and the state is created.`,
    }),
    operations: t.field({
      type: [StateOperationInput],
      maxEntries: maxOperations,
      description: `The operations. All together: at most ${shown(documentLimits.length)} characters of JSON.`,
    }),
    patch: t.field({
      type: 'JSON',
      ...documentLimit,
      description: `The operations as a JSON Patch (RFC 6902), such as \`[{"op": "replace", "path": "/singer_state/bookmarks/orders/at", "value": "2026-01-01"}]\`. At most ${shown(maxOperations)} operations.`,
    }),
    ...force(t),
  })),
  success: stateNow,
  refusals,
  target: async (db, { state }) =>
    stateOf(db, state, 'state').catch((error: unknown) => {
      if (error instanceof NotFound) return null;
      throw error;
    }),
  verb: editState,
});

addVerb({
  name: 'importState',
  description: `Writes many states in one transaction, as \`meltano state import\` does. Both documents of each given state id are replaced. Other states stay. Give either \`states\` or \`text\`. ${forceText}`,
  input: inputFields((t) => ({
    environment: t.id({
      required: true,
      description: idOrPath('Environment'),
    }),
    states: t.field({
      type: [ImportedStateInput],
      maxEntries: maxStates,
      description: `The states. Their documents together: at most ${shown(documentLimits.length)} characters of JSON.`,
    }),
    text: t.string({
      ...documentLimit,
      description: `The states as \`meltano state export\` prints them: JSON text of the form \`{"<state id>": {"completed": {…}, "partial": {…}}}\`. Both documents are required; an empty one is \`{}\`. Unlike in Meltano's own import, null is not allowed. At most ${shown(maxStates)} states.`,
    }),
    ...force(t),
  })),
  success: {
    field: 'environment',
    node: Environment,
    table: 'Environment',
    description: 'The environment with its states.',
  },
  refusals,
  verb: importState,
});
