import { documentLimits } from '../domain/check-state.ts';
import { maxStates } from '../domain/import-state.ts';
import { BadRequest } from './bad-request.ts';
import { builder } from './builder.ts';
import { Environment } from './environment.ts';
import { perRequest } from './per-request.ts';
import { StateFilter, stateConditions, type StateConditions } from './state.ts';

interface StateExport {
  count: number;
  text: string;
}

const StateExportType = builder.objectRef<StateExport>('StateExport').implement({
  description: 'States of an environment, in the shape of `meltano state export`.',
  fields: (t) => ({
    count: t.exposeInt('count', { description: 'How many states it holds.' }),
    states: t.field({
      type: 'JSON',
      description:
        'The states: `{"<state id>": {"completed": {…}, "partial": {…}}}`. Numbers that JSON readers round are exact in `text`.',
      resolve: ({ text }) => JSON.parse(text) as unknown,
    }),
    text: t.exposeString('text', {
      description:
        'The same as JSON text, every digit of its numbers kept: what `importState` and `meltano state import` take.',
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
      const rows = await context.services.store.stateTexts(ids, stateConditions(filter), limits);
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
    description: `The states of this environment in the shape of \`meltano state export\`, for \`importState\` here or \`meltano state import\` elsewhere; cleared ones are left out. At most ${maxStates} states, and ${documentLimits.length} characters in one request: over that the answer is null with an error of the code \`TOO_MANY\`.`,
    args: {
      filter: t.arg({ type: StateFilter, description: 'Which states; all when absent.' }),
    },
    resolve: ({ id }, { filter }, context) =>
      exported(context, {
        environmentId: id,
        filter: { pair: filter?.pair ?? null, pattern: filter?.pattern ?? null },
      }),
  }),
);
