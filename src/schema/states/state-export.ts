import { documentLimits } from '../../domain/states/check-state.ts';
import { maxStates } from '../../domain/states/import-state.ts';
import { JsonText } from '../../lib/event-loop/json-text.ts';
import { BadRequest } from '../../reading/fields/bad-request.ts';
import { needs } from '../../reading/selection.ts';
import { builder } from '../builder.ts';
import { Environment } from '../environments/environment.ts';
import { perRequest } from '../per-request.ts';
import { StateFilter, stateConditions, type StateConditions } from './state.ts';

interface StateExport {
  count: number;
  text: string;
}

const StateExportType = builder.objectRef<StateExport>('StateExport').implement({
  description: 'States of an environment, in the format of `meltano state export`.',
  fields: (t) => ({
    count: t.exposeInt('count', { description: 'Number of states.' }),
    states: t.field({
      type: 'JSON',
      description:
        'The states: `{"<state id>": {"completed": {…}, "partial": {…}}}`. JSON readers may round numbers; `text` has them as they were written.',
      resolve: ({ text }) => new JsonText(text),
    }),
    text: t.exposeString('text', {
      description:
        'The same as JSON text, with its numbers as they were written. `importState` and `meltano state import` take it.',
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

function exportOf(rows: readonly { stateId: string; text: string | null }[]): StateExport | Error {
  const text = `{${rows.map((row) => `${JSON.stringify(row.stateId)}: ${row.text ?? '{}'}`).join(', ')}}`;
  if (rows.length > maxStates) {
    return new BadRequest(`There are more than ${maxStates} states; narrow them by \`filter\`.`, 'TOO_MANY');
  }
  if (text.length > documentLimits.length || rows.some((row) => row.text === null)) {
    const message = `The states have more than ${documentLimits.length} characters altogether; narrow them by \`filter\`.`;
    return new BadRequest(message, 'TOO_MANY');
  }
  return { count: rows.length, text };
}

builder.objectField(Environment, 'stateExport', (t) =>
  t.field({
    type: StateExportType,
    nullable: true,
    description: `The states of this environment in the format of \`meltano state export\`, for \`importState\` here or \`meltano state import\` elsewhere. Cleared states are left out. One request returns at most ${maxStates} states and ${documentLimits.length} characters. Beyond that, the answer is null with an error of the code \`TOO_MANY\`.`,
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
