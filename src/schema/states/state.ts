import { mergedTexts } from '../../domain/states/documents/state-documents.ts';
import { JsonText } from '../../lib/event-loop/json-text.ts';
import { filters } from '../../store/reading/filters.ts';
import { orders } from '../../store/reading/orders.ts';
import type { Sql } from '../../lib/sql.ts';
import { builder } from '../builder.ts';
import { needs } from '../../reading/selection.ts';
import { StateChange } from '../enums.ts';
import { Environment } from '../environments/environment.ts';
import { addCreatedAt, addEtag, pathIn } from '../fields.ts';
import { byStateId } from '../look-up.ts';
import { byReference } from '../naming/by-reference.ts';
import { Job } from '../jobs/job.ts';
import { Run } from '../runs/run.ts';
import { scopes } from '../named-lists.ts';
import { documentOf, StateDocument } from './state-document.ts';

const mergedDescription =
  'What the next run starts from: `partial` merged over `completed`, as Meltano does it. Objects are merged key by key; any other value is replaced, except by an empty object.';

interface Documents {
  completed: unknown;
  partial: unknown;
}

async function merged({ completed, partial }: Documents): Promise<JsonText> {
  const [below, above] = [documentOf(completed), documentOf(partial)];
  // As most are.
  if (above.text === '{}' && below.text.startsWith('{')) return below;
  return new JsonText(await mergedTexts(below.text, above.text));
}

export const State = builder.prismaNode('State', {
  id: {
    field: 'id',
    description: 'Opaque id. It stays the same when the state gets another state id.',
  },
  fields: (t) => ({
    stateId: t.exposeString('stateId'),
    path: pathIn(
      t,
      'stateId',
      'Natural name: `project/environment/<state id>`. Give it wherever an argument takes an id or a path.',
    ),
    completed: t.field({
      type: StateDocument,
      description:
        'The completed document, which finished runs write: `{"singer_state": …}`, or `{}` when there is none.',
      ...needs('completed'),
      resolve: ({ completed }) => documentOf(completed),
    }),
    partial: t.field({
      type: StateDocument,
      description: 'The partial document, which is merged over the completed one. `{}` when there is none.',
      ...needs('partial'),
      resolve: ({ partial }) => documentOf(partial),
    }),
    merged: t.field({
      type: StateDocument,
      description: mergedDescription,
      ...needs('completed', 'partial'),
      resolve: merged,
    }),
    version: t.exposeInt('version'),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    deletedAt: t.expose('deletedAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'When the state was cleared; null while it has documents. A cleared state is in no list and has no path. Its id and its versions still lead to it, and the next write to the state id uses it again.',
    }),
    environment: t.readOne('environment', { description: 'The environment that it belongs to.' }),
  }),
});

addCreatedAt(State);
addEtag(State, 'version');

export const StateVersion = builder.prismaNode('StateVersion', {
  id: { field: 'id', description: 'Opaque id.' },
  fields: (t) => ({
    version: t.exposeInt('version'),
    change: t.expose('change', { type: StateChange }),
    stateId: t.exposeString('stateId'),
    completed: t.field({
      type: StateDocument,
      description: 'The completed document after the change.',
      ...needs('completed'),
      resolve: ({ completed }) => documentOf(completed),
    }),
    partial: t.field({
      type: StateDocument,
      description: 'The partial document after the change.',
      ...needs('partial'),
      resolve: ({ partial }) => documentOf(partial),
    }),
    merged: t.field({
      type: StateDocument,
      description: mergedDescription,
      ...needs('completed', 'partial'),
      resolve: merged,
    }),
    isForced: t.exposeBoolean('isForced', {
      description: 'Whether a run used the state id at that time, so that the change needed `force`.',
    }),
    changedAt: t.expose('changedAt', { type: 'DateTime' }),
    state: t.readOne('state', { description: 'The state that has this version.' }),
    run: t.readOne('run', { description: 'The run that made the change. Null when a mutation made it.' }),
  }),
});

addCreatedAt(StateVersion);

export const StateFilter = builder.inputType('StateFilter', {
  description: 'Which states to list. A state must meet all conditions that are given.',
  fields: (t) => ({
    pair: t.string({ description: 'States of this extract-load pair, `<extractor>-to-<loader>`.' }),
    pattern: t.string({
      description:
        'States whose state id matches this pattern, as in `meltano state list --pattern`. `*` stands for any characters, `?` for one character. Upper and lower case differ.',
    }),
  }),
});

/** The fields of a `StateFilter`. */
export interface StateConditions {
  pair?: string | null | undefined;
  pattern?: string | null | undefined;
}

/** The SQL conditions of a `StateFilter`. */
export function stateConditions({ pair, pattern }: StateConditions): Sql[] {
  return [
    ...(pair == null ? [] : [filters.pair(pair)]),
    ...(pattern == null ? [] : [filters.like('stateId', pattern)]),
  ];
}

const StateOrder = builder.readOrder(
  'State',
  {
    STATE_ID: { columns: orders.stateId, description: 'The state id.' },
    UPDATED_AT: { columns: orders.updated, description: 'When the documents last changed.' },
  },
  { field: 'STATE_ID', direction: 'ASC' },
);

const stateLists = {
  order: StateOrder,
  filter: {
    type: StateFilter,
    conditions: (filter: StateConditions) => ({ where: stateConditions(filter) }),
  },
};

builder.queryField('states', (t) =>
  t.readMany('states', {
    ...stateLists,
    description: 'The states of all projects, or of a project, an environment or a job.',
    within: scopes,
  }),
);

builder.prismaObjectFields(Environment, (t) => ({
  states: t.readMany('states', { ...stateLists, description: 'The states of this environment.' }),
  state: t.readOneOf('states', byStateId(t)),
}));

builder.prismaObjectField(Job, 'states', (t) =>
  t.readMany('states', {
    ...stateLists,
    description: "The states of this job's extract-load pairs in its environment, with any suffix.",
  }),
);

builder.prismaObjectField(Run, 'states', (t) =>
  t.readMany('states', { ...stateLists, description: 'The states that this run wrote.' }),
);

builder.prismaObjectField(State, 'versions', (t) =>
  t.readMany('versions', {
    description: 'Every change of the state, the newest first. A run makes one version.',
    order: builder.readOrder(
      'StateVersion',
      { VERSION: { columns: orders.version, description: 'Number of the version.' } },
      { field: 'VERSION', direction: 'DESC' },
    ),
  }),
);

builder.queryField('state', (t) => t.readOneOf('states', byReference(t, 'State')));
