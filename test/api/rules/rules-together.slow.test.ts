import type { GraphQLInputObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { schema } from '../../../src/schema/index.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { deskAndAnnex } from '../../kit/data/projects.ts';
import { tableTexts } from '../../kit/tables.ts';
import { call, done, refused, validate, type Refused } from '../../kit/verbs/call.ts';
import { mutationInputs } from './rules-inputs.ts';
import { variationsOf } from './variations.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ projects: deskAndAnnex });
  await done(app, 'createProject', { name: 'first', clientRequestId: 'of-another-mutation' }, '__typename');
});
afterAll(() => app.stop());

const mutations = Object.keys(mutationInputs);

const keyConflict = { __typename: 'Conflict', code: 'CONFLICT', path: ['input', 'clientRequestId'] };
const etagConflict = { __typename: 'Conflict', code: 'CONFLICT', path: ['input', 'ifMatch'] };

/** What the other place of a field excludes: it takes exactly one of them. */
const alternatives: Record<string, string> = { 'runTests.job': 'environment' };

/** After these the object has gone, or is no longer what the input names. */
const goneAfter = new Set([
  ...['deleteProject', 'deleteEnvironment', 'deletePlugin', 'deleteJob', 'deleteSchedule', 'deleteService'],
  ...['moveState', 'clearState', 'updateWebhook', 'deleteWebhook'],
]);

let count = 0;

describe.each(mutations)('%s', (name) => {
  const type = schema.getType(`${capital(name)}Input`) as GraphQLInputObjectType;
  const success = { __typename: `${capital(name)}Success` };
  const fresh = async (): Promise<Record<string, unknown>> => ({ ...(await mutationInputs[name]?.(app)) });
  const freshKey = (): string => `${name}-${(count += 1)}`;
  const answer = (input: object): Promise<Refused> => call<object>(app, name, input, '__typename');

  const checked = (input: object): Promise<Refused> => validate(app, name, input);

  /** Expects the same of every input, and that none of them changes anything. */
  const expectUnchanged = async (
    inputs: readonly object[],
    expected: object,
    ask: (input: object) => Promise<Refused> = answer,
  ): Promise<void> => {
    const before = await tableTexts(app.app.store);
    for (const input of inputs) expect(await ask(input), JSON.stringify(input)).toMatchObject(expected);
    expect(await tableTexts(app.app.store)).toEqual(before);
  };
  const expectValid = (inputs: readonly object[]): Promise<void> =>
    expectUnchanged(inputs, { __typename: 'Validated' }, checked);

  test('refuses a used key with any other input, and validates the same one', async () => {
    const input = await fresh();
    const clientRequestId = freshKey();
    await expectValid([{ ...input, clientRequestId }]);
    expect(await answer({ ...input, clientRequestId })).toMatchObject(success);
    await expectValid([{ ...input, clientRequestId }]);
    const others = variationsOf(type, input).map((variation) => {
      const excluded = alternatives[`${name}.${variation.at}`];
      return { ...variation.input, clientRequestId, ...(excluded && { [excluded]: undefined }) };
    });
    expect(others.length).toBeGreaterThan(0);
    const ofAnother = { ...input, clientRequestId: 'of-another-mutation' };
    await expectUnchanged([...others, ofAnother], keyConflict);
    await expectUnchanged([others[0] ?? {}, ofAnother], keyConflict, checked);
  });

  if ('ifMatch' in type.getFields()) {
    test('compares the etag first, whatever else is asked for', async () => {
      const input = await fresh();
      const clientRequestId = freshKey();
      // The input of some names a state that is not there yet.
      if ((await answer({ ...input, ifMatch: 'another' })).etag === null) {
        expect(await answer(input)).toMatchObject(success);
      }
      const { etag } = await answer({ ...input, ifMatch: 'another' });
      expect(etag).toEqual(expect.any(String));
      const stale = { ...input, ifMatch: 'another' };
      for (const ask of [answer, checked]) {
        await expectUnchanged([stale, { ...stale, clientRequestId }], { ...etagConflict, etag }, ask);
      }
      const right = { ...input, ifMatch: etag };
      await expectValid([right, { ...right, clientRequestId }]);
      // The key is free still: what was refused, or only validated, has not used it.
      expect(await answer({ ...right, clientRequestId })).toMatchObject(success);
      const before = await tableTexts(app.app.store);
      expect(await answer({ ...right, clientRequestId })).toMatchObject(success);
      expect(await tableTexts(app.app.store)).toEqual(before);
      const goneOrOther = goneAfter.has(name) ? { __typename: 'NotFound', code: 'NOT_FOUND' } : etagConflict;
      for (const ask of [answer, checked]) await expectUnchanged([right], goneOrOther, ask);
      await expectUnchanged([{ ...stale, clientRequestId }], keyConflict);
    });
  }
});

test.each([
  ['pauseSchedule', 'resumeSchedule'],
  ['startService', 'stopService'],
  ['cancelRun', 'retryRun'],
])(
  'the same input with the same key is another request to another mutation: %s, %s',
  async (first, second) => {
    const input = { ...(await mutationInputs[first]?.(app)), clientRequestId: `${first}-and-${second}` };
    await done(app, first, input, '__typename');
    expect(await refused(app, second, input)).toMatchObject(keyConflict);
  },
);

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
