import { documentLimits } from '../../domain/states/documents/check-state.ts';
import { documentsText } from '../../domain/states/documents/state-documents.ts';
import { maxStates } from '../../domain/states/import-state.ts';
import { JsonText } from '../../lib/event-loop/json-text.ts';
import { BadRequest } from '../../reading/fields/bad-request.ts';
import { needs } from '../../reading/selection.ts';
import type { StateTexts } from '../../store/states/state-texts.ts';
import { shown } from '../maxima/maxima.ts';
import { builder } from '../builder.ts';
import { Environment } from '../environments/environment.ts';
import { perRequest } from '../per-request.ts';
import { StateDocument } from './state-document.ts';
import { StateFilter, stateConditions, type StateConditions } from './state.ts';

/** A state with its documents, as JSON text. */
interface ExportedState {
  stateId: string;
  completed: string;
  partial: string;
}

interface StateExport {
  states: readonly ExportedState[];
  text: string;
}

const ExportedStateType = builder.objectRef<ExportedState>('ExportedState').implement({
  description: 'A state of an export.',
  fields: (t) => ({
    stateId: t.exposeString('stateId', { description: 'The state id.' }),
    completed: t.field({
      type: StateDocument,
      description: 'The completed document.',
      resolve: ({ completed }) => new JsonText(completed),
    }),
    partial: t.field({
      type: StateDocument,
      description: 'The partial document.',
      resolve: ({ partial }) => new JsonText(partial),
    }),
  }),
});

const StateExportType = builder.objectRef<StateExport>('StateExport').implement({
  description: 'States of an environment.',
  fields: (t) => ({
    count: t.int({ description: 'Number of states.', resolve: ({ states }) => states.length }),
    states: t.field({
      type: [ExportedStateType],
      description: 'The states, sorted by state id.',
      resolve: ({ states }) => states,
    }),
    text: t.exposeString('text', {
      description:
        'The same as `meltano state export` prints it: JSON text of the form `{"<state id>": {"completed": {…}, "partial": {…}}}`. `importState` and `meltano state import` take it.',
    }),
  }),
});

interface ExportKey {
  environmentId: string;
  filter: StateConditions;
}

const exported = perRequest<ExportKey, StateExport>(
  async (context, keys) => {
    const filters = new Map(keys.map(({ filter }) => [JSON.stringify(filter), filter]));
    const answers = new Map<string, StateExport | Error>();
    for (const [name, filter] of filters) {
      const ids = keys.filter((key) => JSON.stringify(key.filter) === name).map((key) => key.environmentId);
      const limits = { states: maxStates + 1, characters: documentLimits.length };
      const rows = await context.store.stateTexts.matching(ids, stateConditions(filter), limits);
      for (const id of ids) {
        answers.set(`${id} ${name}`, exportOf(rows.filter(({ environmentId }) => environmentId === id)));
      }
    }
    return keys.map((key) => answers.get(nameOf(key)) ?? exportOf([]));
  },
  (key) => nameOf(key),
);

function nameOf({ environmentId, filter }: ExportKey): string {
  return `${environmentId} ${JSON.stringify(filter)}`;
}

function exportOf(rows: readonly StateTexts[]): StateExport | Error {
  const states = rows.flatMap(({ stateId, completed, partial }) =>
    completed === null || partial === null ? [] : [{ stateId, completed, partial }],
  );
  const entries = states.map(
    ({ stateId, completed, partial }) => `${JSON.stringify(stateId)}: ${documentsText(completed, partial)}`,
  );
  const text = `{${entries.join(', ')}}`;
  if (rows.length > maxStates) {
    return new BadRequest(`There are more than ${maxStates} states; narrow them by \`filter\`.`, 'TOO_MANY');
  }
  if (text.length > documentLimits.length || states.length < rows.length) {
    const message = `The states have more than ${documentLimits.length} characters altogether; narrow them by \`filter\`.`;
    return new BadRequest(message, 'TOO_MANY');
  }
  return { states, text };
}

builder.objectField(Environment, 'stateExport', (t) =>
  t.field({
    type: StateExportType,
    nullable: true,
    description: `The states of this environment, for \`importState\` here or \`meltano state import\` elsewhere. Cleared states are left out. One request returns at most ${shown(maxStates)} states and ${shown(documentLimits.length)} characters. Beyond that, the answer is null with an error of the code \`TOO_MANY\`.`,
    args: {
      filter: t.arg({ type: StateFilter, description: 'Which states to export. All states when absent.' }),
    },
    ...needs('id'),
    resolve: ({ id }, { filter }, context) =>
      exported(context, {
        environmentId: id,
        filter: { pair: filter?.pair ?? null, pattern: filter?.pattern ?? null },
      }),
  }),
);
