import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { deskAndAnnex } from '../../kit/data/projects.ts';
import { failingWrites, type FailingWrites } from '../../kit/faults/failing-writes.ts';
import { tableTexts } from '../../kit/tables.ts';
import { mutationInputs } from './rules-inputs.ts';
import { largeInputs } from './whole-inputs.ts';

let app: TestApp;
let writes: FailingWrites;
beforeAll(async () => {
  app = await startTestApp({ projects: deskAndAnnex });
  writes = await failingWrites(app.app.store);
});
afterAll(async () => {
  await writes.remove();
  await app.stop();
});

const mutations = Object.keys(mutationInputs);

/** Sends a mutation. @returns whether it has failed, and not only refused */
async function fails(mutation: string, input: object): Promise<boolean> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}`;
  const { data, errors } = await app.send<Record<string, { __typename: string }> | null>(
    `mutation ($input: ${type}Input!) { ${mutation}(input: $input) { __typename ... on UserError { message } } }`,
    { input },
  );
  if (errors) return true;
  expect(data?.[mutation]).toEqual({ __typename: `${type}Success` });
  return false;
}

type Case = readonly [what: string, mutation: string, input: (app: TestApp) => object | Promise<object>];

const each = mutations.map((name): Case => [name, name, mutationInputs[name] ?? (() => ({}))]);

describe.each<Case>([...each, ...largeInputs])('%s', (_what, name, freshInput) => {
  test('changes nothing when any of its writes fails', async () => {
    const input = await freshInput(app);
    const before = await tableTexts(app.app.store);
    for (let n = 1; ; n++) {
      await writes.succeed();
      await writes.failFrom(n);
      if (!(await fails(name, input))) break;
      expect(await tableTexts(app.app.store), `the write ${n} has failed`).toEqual(before);
    }
    await writes.succeed();
  });

  test('changes nothing when its answer cannot be kept for its key', async () => {
    const input = { ...(await freshInput(app)), clientRequestId: randomUUID() };
    const before = await tableTexts(app.app.store);
    await writes.failOn('ClientRequest', 'INSERT');
    expect(await fails(name, input)).toBe(true);
    expect(await tableTexts(app.app.store)).toEqual(before);
    await writes.failOn('ClientRequest', 'UPDATE');
    // Where one statement does all, the answer comes with the key.
    const isKeptAtOnce = !(await fails(name, input));
    if (!isKeptAtOnce) expect(await tableTexts(app.app.store)).toEqual(before);
    await writes.succeed();
    expect(await fails(name, input)).toBe(false);
  });
});
