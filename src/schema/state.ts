import { mergeDocuments } from '../domain/state-documents.ts';
import { filters, orders, sources } from '../store/sources.ts';
import type { Sql } from '../store/sql.ts';
import { builder } from './builder.ts';
import { needs } from './columns.ts';
import { addConnection, orderInput } from './connection.ts';
import { StateChange } from './enums.ts';
import { Environment } from './environment.ts';
import { addCreatedAt, addEtag } from './fields.ts';
import { addLookUp } from './look-up.ts';
import { Job } from './job.ts';
import { pathIn, leadsTo } from './rows.ts';
import { Run } from './run.ts';

const mergedDescription =
  'What the next run starts from: `partial` merged over `completed`, as Meltano reads it. Objects merge key by key; anything else is replaced.';

export const State = builder.prismaNode('State', {
  id: {
    field: 'id',
    description: 'Opaque id; it stays the same when the state is moved to another state id.',
  },
  fields: (t) => ({
    stateId: t.exposeString('stateId'),
    path: t.string({
      description:
        'Natural name, which stands wherever an id is asked for: `project/environment/<state id>`.',
      ...pathIn('stateId'),
    }),
    completed: t.expose('completed', { type: 'JSON' }),
    partial: t.expose('partial', { type: 'JSON' }),
    merged: t.field({
      type: 'JSON',
      description: mergedDescription,
      ...needs('completed', 'partial'),
      resolve: ({ completed, partial }) => mergeDocuments(completed, partial),
    }),
    version: t.exposeInt('version'),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    deleteTime: t.expose('deleteTime', {
      type: 'DateTime',
      nullable: true,
      description:
        'When it was cleared; null while it holds documents. A cleared state is in no list and has no path; its id and its versions still lead to it, and the next write to the state id takes it up again.',
    }),
    environment: t.field({
      type: Environment,
      description: 'The environment that it belongs to.',
      ...leadsTo('Environment', 'environmentId'),
    }),
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
    completed: t.expose('completed', { type: 'JSON' }),
    partial: t.expose('partial', { type: 'JSON' }),
    merged: t.field({
      type: 'JSON',
      description: mergedDescription,
      ...needs('completed', 'partial'),
      resolve: ({ completed, partial }) => mergeDocuments(completed, partial),
    }),
    forced: t.exposeBoolean('forced', {
      description: 'Whether a run held the state id when the change was made, which `force` had to allow.',
    }),
    changedAt: t.expose('changedAt', { type: 'DateTime' }),
    state: t.field({
      type: State,
      description: 'The state that it is a version of.',
      ...leadsTo('State', 'stateRowId'),
    }),
    run: t.field({
      type: Run,
      nullable: true,
      description: 'The run that made the change; null when a mutation did.',
      ...leadsTo('Run', 'runId'),
    }),
  }),
});

addCreatedAt(StateVersion);

export const StateFilter = builder.inputType('StateFilter', {
  description: 'Which states. All conditions given must hold.',
  fields: (t) => ({
    pair: t.string({ description: 'States of this extract-load pair, `<extractor>-to-<loader>`.' }),
    pattern: t.string({
      description:
        'States whose state id is like this, as in `meltano state list --pattern`: `*` stands for any characters, and `?` for one.',
    }),
  }),
});

/** A `StateFilter`. */
export interface StateConditions {
  pair?: string | null | undefined;
  pattern?: string | null | undefined;
}

/** The conditions of a filter of states. */
export function stateConditions({ pair, pattern }: StateConditions): Sql[] {
  return [
    ...(pair == null ? [] : [filters.pair(pair)]),
    ...(pattern == null ? [] : [filters.like('stateId', pattern)]),
  ];
}

const stateLists = {
  name: 'State',
  node: State,
  order: orderInput('State', {
    STATE_ID: { columns: orders.stateId, description: 'The state id.' },
    UPDATED_AT: { columns: orders.updated, description: 'When the documents last changed.' },
  }),
  defaultOrder: { field: 'STATE_ID', direction: 'ASC' },
} as const;

addConnection({
  ...stateLists,
  parent: Environment,
  field: 'states',
  description: 'The states of this environment.',
  source: sources.environmentStates,
  filter: {
    type: StateFilter,
    conditions: (filter) => ({ where: stateConditions(filter) }),
  },
});
addConnection({
  ...stateLists,
  parent: Job,
  field: 'states',
  description: "The states of this job's extract-load pairs in its environment, whatever their suffix.",
  source: sources.jobStates,
});
addConnection({
  ...stateLists,
  parent: Run,
  field: 'states',
  description: 'The states that this run has written.',
  source: sources.runStates,
});

addConnection({
  parent: State,
  field: 'versions',
  description: 'Every change of the state, the newest first. A run leaves one version.',
  name: 'StateVersion',
  node: StateVersion,
  source: sources.stateVersions,
  order: orderInput('StateVersion', {
    VERSION: { columns: orders.version, description: 'Number of the version.' },
  }),
  defaultOrder: { field: 'VERSION', direction: 'DESC' },
});

addLookUp({
  parent: Environment,
  field: 'state',
  node: State,
  source: sources.environmentStates,
  by: 'stateId',
});
