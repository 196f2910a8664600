import { getNamedType, isLeafType } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeMaxima, maxJsonDepth } from '../../../src/schema/maxima/maxima.ts';
import { schema } from '../../../src/schema/index.ts';
import { startTestApp, type Answer, type TestApp } from '../../kit/app.ts';
import { deskAndAnnex } from '../../kit/data/projects.ts';
import { sendRaw } from '../../kit/http.ts';
import { nested } from '../../fuzz/hostile.ts';
import { tableTexts } from '../../kit/tables.ts';
import { mistakes, validate } from '../../kit/verbs/call.ts';
import { argumentsWith, placesIn, readFields, valueAt, type Place } from './over-maximum.ts';
import { mutationInputs } from './rules-inputs.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ projects: deskAndAnnex });
});
afterAll(() => app.stop());

const mutations = Object.values(schema.getMutationType()?.getFields() ?? {}).filter(
  ({ name }) => name !== 'validate',
);
const read = readFields();

/** The codes of what verbs check, by the names of the fields. A text over its maximum breaks the rule for such texts. */
const rules: Record<string, string> = {
  clientRequestId: 'BAD_REQUEST_ID',
  stateId: 'BAD_STATE_ID',
  stateIdSuffix: 'BAD_SUFFIX',
  name: 'BAD_LENGTH',
  'env.name': 'BAD_NAME',
  'env.value': 'BAD_VALUE',
  'variables.name': 'BAD_NAME',
  'variables.value': 'BAD_VALUE',
  args: 'BAD_VALUE',
};

/**
 * The texts that are wrong however long they are: no name of a zone and no part of a path is so long, a job has no state id,
 * and addresses and secrets of webhooks have a form.
 */
const neverRight = [
  ...['createSchedule', 'updateSchedule', 'planBackfill', 'backfill'].map((verb) => `${verb}.timeZone`),
  'moveResource.to.stateId',
  ...['putProjectFile.path', 'deleteProjectFile.path'],
  ...['createWebhook', 'updateWebhook'].flatMap((verb) => [`${verb}.url`, `${verb}.secret`]),
];

/** The code of a list or a text over its maximum. */
function codeOf({ what, maxima, path }: Place): string {
  if (what === 'LIST') return 'TOO_MANY';
  if (maxima?.checkedBy === 'SCHEMA') return 'TOO_LONG';
  const [field = '', ...above] = path.filter((name) => name !== '0').toReversed();
  return rules[`${above[0] ?? ''}.${field}`] ?? rules[field] ?? 'TOO_LONG';
}

/** The fields of which a verb takes exactly one. */
const alternatives = [
  ['operations', 'patch'],
  ['states', 'text'],
];

/** An input without what cannot be given beside a place. */
function withoutOthers({ path: [, field = ''] }: Place, input: object | undefined): object {
  const others = alternatives.filter((names) => names.includes(field)).flat();
  return Object.fromEntries(Object.entries(input ?? {}).filter(([name]) => !others.includes(name)));
}

const isJson = ({ input }: Place): boolean => getNamedType(input.type).name === 'JSON';

/** Where a refusal finds it: an entry that is a text is at its index. */
const shown = ({ path }: Place): string => path.join('.');

test('every list, text and JSON value has a maximum, which its description states', () => {
  const inputs = [...mutations, ...read.map(({ field }) => field)].flatMap((field) =>
    field.args.flatMap((arg) => placesIn(arg)),
  );
  expect(inputs.length).toBeGreaterThan(300);
  const without = inputs.filter(
    ({ input, maxima }) => !maxima || !(input.description ?? '').includes(describeMaxima(maxima)),
  );
  expect(without.map(shown)).toEqual([]);
});

describe.each(mutations.map((field) => [field.name, field] as const))('%s', (name, { args }) => {
  const places = args
    .flatMap((arg) => placesIn(arg))
    .filter((place) => !neverRight.includes(`${name}.${place.path.slice(1).join('.')}`));
  const bySchema = places.filter(({ what, maxima }) => what === 'TEXT' && maxima?.checkedBy === 'SCHEMA');
  const jsons = bySchema.filter(isJson);

  const answer = (place: Place, value: unknown, given: Record<string, unknown> = {}) => {
    const { input } = argumentsWith(args, place.path, value, given) as { input: object };
    return validate(app, name, input);
  };
  const wrong = async (...asked: Parameters<typeof answer>): Promise<string[]> =>
    mistakes(await answer(...asked));

  test('takes each list and text at its maximum, and refuses one more', async () => {
    const right = { input: await mutationInputs[name]?.(app) };
    const before = await tableTexts(app.app.store);
    const missed: string[] = [];
    for (const place of places) {
      // What a verb checks itself it sees after the rest of the input has been found to fit.
      const isRule = place.what === 'TEXT' && place.maxima?.checkedBy === 'VERB';
      const given = isRule ? { input: withoutOthers(place, right.input) } : {};
      const due = `${shown(place)}: ${codeOf(place)}`;
      const { fields = [] } = await answer(place, valueAt(place), given);
      const found = fields.map(({ path, code }) => `${path.join('.')}: ${code}`);
      const wrongly = isRule ? found.filter((mistake) => mistake.startsWith(`${shown(place)}:`)) : [due];
      if (wrongly.some((mistake) => found.includes(mistake))) missed.push(`at the maximum: ${found.join()}`);
      const beyond = await wrong(place, valueAt(place, 1), given);
      if (!beyond.includes(due)) missed.push(`${due}, not ${beyond.join()}`);
    }
    expect(missed).toEqual([]);
    expect(await tableTexts(app.app.store)).toEqual(before);
  });

  test('refuses texts that cannot be stored', async () => {
    for (const place of bySchema) {
      const isId = getNamedType(place.input.type).name === 'ID';
      for (const text of ['a\0b', 'a\ud800', '\udc00b']) {
        for (const value of jsons.includes(place) ? [text, { a: [text] }, { [text]: 1 }] : [text]) {
          // An id or a path is looked for, and nothing has it.
          if (isId) expect(await answer(place, value)).toHaveProperty('code');
          else expect(await wrong(place, value)).toEqual([`${shown(place)}: BAD_TEXT`]);
        }
      }
    }
  });

  /** Answers a request in which the place holds JSON as it is written, which may be more than a program can print. */
  const sentAsWritten = async (place: Place, json: string): Promise<string> => {
    const query = `mutation ($input: ${String(args[0]?.type)}) { ${name}(input: $input) { ... on UserError { code message } ... on InvalidInput { fields { code } } } }`;
    const right = withoutOthers(place, await mutationInputs[name]?.(app));
    const given = { input: { ...right, clientRequestId: 'deep' } };
    const body = JSON.stringify({ query, variables: argumentsWith(args, place.path, ['huge'], given) });
    const headers = { 'content-type': 'application/json' };
    return (await sendRaw(app.url, { headers, body: [body.replace('["huge"]', json)] })).body;
  };

  test('refuses JSON that is nested too deep or cannot be written', async () => {
    for (const place of jsons) {
      const { fields = [] } = await answer(place, nested(maxJsonDepth));
      expect(fields.map(({ code }) => code)).not.toContain('TOO_DEEP');
      expect(await wrong(place, nested(maxJsonDepth + 1))).toEqual([`${shown(place)}: TOO_DEEP`]);
      expect(await sentAsWritten(place, '[1e999]')).toContain('holds a number that is too large.');
    }
    for (const place of places.filter(isJson)) {
      for (const depth of [3000, 100_000]) {
        const object = `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
        for (const json of [object, '['.repeat(depth) + ']'.repeat(depth)]) {
          expect(await sentAsWritten(place, json)).toContain('"TOO_DEEP"');
        }
      }
    }
  });
});

/** The answer to a query, or the first event of a subscription, which may have no end. */
async function answerTo(
  operation: string,
  query: string,
  variables: Record<string, unknown>,
): Promise<Answer<unknown>> {
  if (operation === 'query') return app.send(query, variables);
  const response = await fetch(app.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query, variables }),
  });
  let text = '';
  for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += piece;
    const event = /^data: (.+)\n/m.exec(text)?.[1];
    // To leave the loop closes the connection.
    if (event !== undefined) return JSON.parse(event) as Answer<unknown>;
  }
  return JSON.parse(text) as Answer<unknown>;
}

test.each(read.map((one) => [`${one.type.name}.${one.field.name}`, one] as const))(
  '%s takes each list and text at its maximum, and refuses one more',
  async (_title, { operation, field, within }) => {
    const typeOf = (name: string): string => String(field.args.find((arg) => arg.name === name)?.type);
    const selection = isLeafType(getNamedType(field.type)) ? '' : ' { __typename }';
    for (const place of field.args.flatMap((arg) => placesIn(arg))) {
      const codes = async (value: unknown): Promise<unknown[]> => {
        const given = argumentsWith(field.args, place.path, value);
        const names = Object.keys(given);
        const declared = names.map((name) => `$${name}: ${typeOf(name)}`).join(', ');
        const passed = names.map((name) => `${name}: $${name}`).join(', ');
        const query = `${operation} (${declared}) { ${within(`${field.name}(${passed})${selection}`)} }`;
        const { errors = [] } = await answerTo(operation, query, given);
        return errors.map(({ extensions }) => extensions);
      };
      const due = { code: codeOf(place), argument: place.path };
      expect(await codes(valueAt(place))).not.toContainEqual(expect.objectContaining(due));
      expect(await codes(valueAt(place, 1))).toEqual([expect.objectContaining(due)]);
    }
  },
);
