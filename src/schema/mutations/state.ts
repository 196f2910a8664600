import { clearState } from '../../domain/clear-state.ts';
import { copyState, moveState, type StateTarget as Target } from '../../domain/copy-state.ts';
import { editState, maxOperations } from '../../domain/edit-state.ts';
import { importState, maxStates } from '../../domain/import-state.ts';
import { mergeState } from '../../domain/merge-state.ts';
import { findEnvironment, findState } from '../../domain/references.ts';
import { restoreState } from '../../domain/restore-state.ts';
import { setState } from '../../domain/set-state.ts';
import { subjectOf, type Subject } from '../../domain/subject.ts';
import { Busy, Conflict, InvalidInput, NotFound } from '../../errors.ts';
import type { Statements } from '../../store/index.ts';
import { builder } from '../builder.ts';
import { Environment } from '../environment.ts';
import { State } from '../state.ts';
import { addVerb, inputFields, type InputFields } from './verb.ts';

const StateTarget = builder.inputType('StateTarget', {
  description: 'A place for a state.',
  fields: (t) => ({
    environment: t.id({
      description: "Id or path (`project/environment`) of the environment; the source's own when absent.",
    }),
    stateId: t.string({
      required: true,
      description:
        'State id, 1 to 250 characters, without `/`. A run reads `<environment>:<extractor>-to-<loader>[:<suffix>]`.',
    }),
  }),
});

const documentDescription =
  'The document, `{"singer_state": {"bookmarks": …}}`, or the same as JSON text in a string, which keeps whole numbers above 2^53 exact; at most 5,000,000 characters of JSON.';

const StateSource = builder.inputType('StateSource', {
  description: 'What to merge into a state: exactly one of the fields.',
  isOneOf: true,
  fields: (t) => ({
    state: t.field({ type: 'JSON', description: documentDescription }),
    from: t.id({
      description:
        'Id or path (`project/environment/<state id>`) of a state: what its two documents merge to is taken.',
    }),
  }),
});

// What holds for every verb here.
const forceText =
  'Refused while a run holds a state id of it, unless `force` is given: then the run goes on from what it has read, and what it writes next replaces the documents as a whole, while the forced change stays in the versions.';

function places(t: InputFields) {
  return {
    environment: t.id({
      required: true,
      description: 'Id or path (`project/environment`) of the environment.',
    }),
    stateId: t.string({ required: true, description: 'State id, 1 to 250 characters, without `/`.' }),
  };
}

function force(t: InputFields) {
  return {
    force: t.boolean({
      description:
        "Go on although a run holds a state id. It remains the run's, and the version says `forced`.",
    }),
  };
}

function transferFields(t: InputFields, verb: 'copy' | 'move') {
  return {
    from: t.id({
      required: true,
      description: `Id or path (\`project/environment/<state id>\`) of the state to ${verb}.`,
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
): Promise<Subject | null> {
  const { id } = await findEnvironment(db, environment, ['input', 'environment']);
  const state = await db.stateByStateId(id, stateId);
  return state && { table: 'State', id: state.id };
}

function stateOf(db: Statements, reference: string, field: string): Promise<Subject> {
  return subjectOf(db, 'State', reference, ['input', field]);
}

async function targetOf(db: Statements, from: string, to: Target): Promise<Subject | null> {
  const environmentId =
    to.environment == null
      ? (await findState(db, from, ['input', 'from'])).environmentId
      : (await findEnvironment(db, to.environment, ['input', 'to', 'environment'])).id;
  const state = await db.stateByStateId(environmentId, to.stateId);
  return state && { table: 'State', id: state.id };
}

addVerb({
  name: 'setState',
  description: `Replaces the completed document of a state id and empties the partial one, as \`meltano state set\` does. What was there stays in the versions. ${forceText} A verb of its own since it creates the state when there is none, and replaces both documents at once.`,
  input: inputFields((t) => ({
    ...places(t),
    state: t.field({ type: 'JSON', required: true, description: documentDescription }),
    ...force(t),
  })),
  success: stateNow,
  refusals,
  subject: stateAt,
  verb: setState,
});

addVerb({
  name: 'mergeState',
  description: `Merges a document, or another state, into the partial document of a state id, as \`meltano state merge\` does: objects key by key, anything else replaces what it meets. The completed document stays, and the next run starts from the partial one merged over it. ${forceText} A verb of its own since it creates the state when there is none, and changes parts of a document; to take something away there is \`editState\`.`,
  input: inputFields((t) => ({
    ...places(t),
    source: t.field({ type: StateSource, required: true, description: 'What to merge.' }),
    ...force(t),
  })),
  success: stateNow,
  refusals,
  subject: stateAt,
  verb: mergeState,
});

addVerb({
  name: 'copyState',
  description: `Copies a state to another state id, in the same or another environment, as \`meltano state copy\` does: what the two documents of the source merge to becomes the completed document of the destination, whose partial one is emptied. What the destination held stays in its versions. ${forceText} \`ifMatch\` is meant for the destination. A verb of its own since it reads one object and writes another.`,
  input: inputFields((t) => transferFields(t, 'copy')),
  success: destination,
  refusals,
  subject: (db, { from, to }) => targetOf(db, from, to),
  verb: copyState,
});

addVerb({
  name: 'moveState',
  description: `Moves a state's documents to another state id, in the same or another environment, as \`meltano state move\` does: what the two documents of the source merge to becomes the completed document of the destination, whose partial one is emptied, and the source is cleared; both or neither. What each of them held stays in its versions. To give a state another id and keep its versions together there is \`moveResource\`. ${forceText} \`ifMatch\` is meant for the source. A verb of its own since it writes two objects in one step.`,
  input: inputFields((t) => transferFields(t, 'move')),
  success: destination,
  refusals,
  subject: (db, { from }) => stateOf(db, from, 'from'),
  verb: moveState,
});

addVerb({
  name: 'clearState',
  description: `Takes a state's documents away, as \`meltano state clear\` does: the next run begins from nothing. The state disappears from lists and paths; it is still found by its id, \`restoreState\` brings back any of its versions, and the next write to the state id takes it up again. One that is cleared already stays as it is. ${forceText} A verb of its own since nothing is deleted: the versions stay.`,
  input: inputFields((t) => ({
    state: t.id({
      required: true,
      description: 'Id or path (`project/environment/<state id>`) of the state.',
    }),
    ...force(t),
  })),
  success: { ...stateNow, description: 'The state, with its `deleteTime`.' },
  refusals,
  subject: (db, { state }) => stateOf(db, state, 'state'),
  verb: clearState,
});

addVerb({
  name: 'restoreState',
  description: `Gives a state the documents that it had in one of its versions; that is a version again, and none is lost. A cleared state, which has no path, is named by its id. ${forceText} A verb of its own since the documents come from the history and not from the caller.`,
  input: inputFields((t) => ({
    state: t.id({
      required: true,
      description: 'Id or path (`project/environment/<state id>`) of the state.',
    }),
    version: t.int({ required: true, description: 'Number of the version, from 1.' }),
    ...force(t),
  })),
  success: stateNow,
  refusals,
  subject: (db, { state }) => stateOf(db, state, 'state'),
  verb: restoreState,
});

addVerb({
  name: 'editState',
  description: `Edits a state by a JSON Patch (RFC 6902), as \`meltano state edit\` does by an editor: the patch is applied to what the two documents merge to, the outcome becomes the completed document, and the partial one is emptied. When nothing comes out changed, nothing is written. A patch that does not fit, because a value is not there or a \`test\` fails, is a \`Conflict\` whose path names the operation. ${forceText} A verb of its own since the caller gives changes, and not the document.`,
  input: inputFields((t) => ({
    state: t.id({
      required: true,
      description:
        'Id or path (`project/environment/<state id>`) of the state. A path where there is none stands for an empty document, and the state is made.',
    }),
    patch: t.field({
      type: 'JSON',
      required: true,
      description: `The operations: a list such as \`[{"op": "replace", "path": "/singer_state/bookmarks/orders/at", "value": "2026-01-01"}]\`, or the same as JSON text in a string, which keeps whole numbers above 2^53 exact; at most ${maxOperations} operations, and 5,000,000 characters.`,
    }),
    ...force(t),
  })),
  success: stateNow,
  refusals,
  subject: async (db, { state }) =>
    stateOf(db, state, 'state').catch((error: unknown) => {
      if (error instanceof NotFound) return null;
      throw error;
    }),
  verb: editState,
});

addVerb({
  name: 'importState',
  description: `Writes many states at once, in the shape of \`meltano state export\`, all of them or none: both documents of each state id are replaced, and states of other ids stay. ${forceText} A verb of its own since it writes many objects in one step.`,
  input: inputFields((t) => ({
    environment: t.id({
      required: true,
      description: 'Id or path (`project/environment`) of the environment.',
    }),
    states: t.field({
      type: 'JSON',
      required: true,
      description: `The states, \`{"<state id>": {"completed": {…}, "partial": {…}}}\`, or the same as JSON text in a string, which keeps whole numbers above 2^53 exact. Both documents must be there, \`{}\` when empty; unlike Meltano's own import none may be null. At most ${maxStates} states, and 5,000,000 characters.`,
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
