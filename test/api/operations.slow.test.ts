import { afterAll, beforeAll, expect, test } from 'vitest';
import { schema } from '../../src/schema/index.ts';
import type { TestApp } from '../kit/app.ts';
import { subscribe } from '../kit/events.ts';
import { emptySystemDatabase } from '../kit/meltano/system-database.ts';
import { readOperations, type Operation } from '../kit/operations.ts';
import { enrol } from '../kit/verbs/execution.ts';
import { startSampleApp } from '../kit/sample-app.ts';
import { order } from '../operations/order.ts';

const operations = await readOperations();

let app: TestApp;
let stop: () => Promise<void>;
beforeAll(async () => {
  const sampleApp = await startSampleApp({ slots: 0 });
  ({ app, stop } = sampleApp);
  await enrol(app.app.store, 'here/1');
  await emptySystemDatabase(sampleApp.sample.project.directory);
});
afterAll(() => stop());

test.each([schema.getMutationType(), schema.getSubscriptionType()])(
  'each field of %s has a file of its name',
  (type) => {
    const named = [...operations.values()].flatMap(({ name, fields }) =>
      fields.filter((field) => name.endsWith(`/${field}`)),
    );
    expect(named).toEqual(expect.arrayContaining(Object.keys(type?.getFields() ?? {})));
  },
);

test('each file has its place in the order', () => {
  expect(order.map(({ operation }) => operation).sort()).toEqual([...operations.keys()].sort());
});

test('each file begins with a comment of one to three lines', () => {
  const begin = /^(?:# .+\n){1,3}(?:query|mutation|subscription) /;
  expect([...operations.values()].filter(({ text }) => !begin.test(text))).toEqual([]);
});

// Each goes on from what those before it have made.
const given: Record<string, unknown> = {};
test.each(order)('$operation runs as it stands', async ({ operation: name, gives = {} }) => {
  const operation = operations.get(name) as Operation;
  const variables = Object.fromEntries(operation.needs.map((variable) => [variable, given[variable]]));
  const data =
    operation.kind === 'subscription' ? await follow(operation, variables) : await send(operation, variables);
  for (const [variable, place] of Object.entries(gives)) given[variable] = valueAt(data, place);
});

async function send({ text, kind }: Operation, variables: Record<string, unknown>): Promise<object> {
  const data = await app.query<object>(text, variables);
  if (kind === 'mutation') expect(JSON.stringify(data)).toMatch(/"__typename":"(\w+Success|Validated)"/);
  return data;
}

/** Gives the data of the first event. */
async function follow({ name, text }: Operation, variables: Record<string, unknown>): Promise<object> {
  for await (const { data, errors } of subscribe<object>(app.url, text, variables)) {
    expect(errors).toBeUndefined();
    return data ?? {};
  }
  // A run that nobody executes has no lines.
  expect(['runs/runLogs', 'runs/runLogLines']).toContain(name);
  return {};
}

/** What lies at a place such as `runs.nodes.0.id`. */
function valueAt(data: object, place: string): unknown {
  const value = place
    .split('.')
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | null)?.[key], data);
  expect(value, place).toBeTypeOf('string');
  return value;
}
