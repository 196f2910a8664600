import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { onServer } from '../../kit/database.ts';
import { tableTexts } from '../../kit/tables.ts';
import { call, done } from '../../kit/verbs/call.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

/** As many as there are connections for queries. The embedded database has one. */
const connections = onServer() ? 10 : 1;

/** Does something while no transaction is free. */
async function whileBusy<T>(work: () => Promise<T>): Promise<T> {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const held = Array.from({ length: connections }, () => app.app.store.transaction(() => released));
  return work().finally(async () => {
    release();
    await Promise.all(held);
  });
}

test('a mutation for which no transaction is free is refused, and can be sent again', async () => {
  const inputs = [{ name: 'later', clientRequestId: 'later' }, { name: 'at-once' }];
  const before = await tableTexts(app.app.store);
  const answers = await whileBusy(() =>
    Promise.all(inputs.map((input) => call<object>(app, 'createProject', input, '__typename'))),
  );
  for (const answer of answers) {
    expect(answer).toMatchObject({ __typename: 'Unavailable', code: 'UNAVAILABLE', path: null });
    expect(answer.message).toContain('Try again later.');
  }
  expect(await tableTexts(app.app.store)).toEqual(before);
  for (const input of inputs) await done(app, 'createProject', input, 'project { id }');
});

test('what is read says so, too, when no connection is free', async () => {
  const { data, errors } = await whileBusy(() => app.send<unknown>('{ project(ref: "later") { name } }'));
  expect(data).toBeUndefined();
  expect(errors?.map(({ extensions }) => extensions)).toEqual([{ code: 'UNAVAILABLE' }]);
});
