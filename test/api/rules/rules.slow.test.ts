import {
  getNamedType,
  isLeafType,
  isObjectType,
  type GraphQLInputObjectType,
  type GraphQLObjectType,
  type GraphQLUnionType,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { schema } from '../../../src/schema/index.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { deskAndAnnex } from '../../kit/data/projects.ts';
import { tableTexts } from '../../kit/tables.ts';
import { call, done, mistakes, refused, validate } from '../../kit/verbs/call.ts';
import { mutationInputs } from './rules-inputs.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ projects: deskAndAnnex });
});
afterAll(() => app.stop());

const mutations = Object.keys(mutationInputs);

/** Selects what tells one success from another: ids and leaves. */
function successOf(mutation: string): string {
  const type = schema.getType(`${capital(mutation)}Success`) as GraphQLObjectType;
  return Object.values(type.getFields())
    .map(({ name, type: outer }) => {
      const of = getNamedType(outer);
      if (isLeafType(of)) return name;
      const hasId = !isObjectType(of) || of.getInterfaces().some((one) => one.name === 'Node');
      return `${name} { __typename ${hasId ? '... on Node { id }' : ''} }`;
    })
    .join(' ');
}

function inputFields(mutation: string): string[] {
  const type = schema.getType(`${capital(mutation)}Input`) as GraphQLInputObjectType;
  return Object.keys(type.getFields());
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

test('there is an input here for each mutation, and `validate` takes each', () => {
  const all = Object.keys(schema.getMutationType()?.getFields() ?? {});
  expect([...mutations, 'validate'].sort()).toEqual(all.sort());
  expect(inputFields('validate').sort()).toEqual([...mutations].sort());
});

test('`validate` can give every refusal that a mutation can give, and no other', () => {
  const refusals = (mutation: string): string[] =>
    (schema.getType(`${capital(mutation)}Result`) as GraphQLUnionType)
      .getTypes()
      .filter((type) => type.getInterfaces().length > 0)
      .map(({ name }) => name);
  expect(refusals('validate').sort()).toEqual([...new Set(mutations.flatMap(refusals))].sort());
});

describe.each(mutations)('%s', (name) => {
  const input = (): Promise<object> => Promise.resolve(mutationInputs[name]?.(app) ?? {});
  const selection = successOf(name);

  test('changes nothing when it is only to be validated', async () => {
    const given = await input();
    const before = await tableTexts(app.app.store);
    expect(await validate(app, name, given)).toEqual({ __typename: 'Validated' });
    expect(await tableTexts(app.app.store)).toEqual(before);
    expect(await call(app, name, given, selection)).toMatchObject({
      __typename: `${capital(name)}Success`,
    });
  });

  test('gives the first answer again to the same key, also at once', async () => {
    const clientRequestId = `${name}-${Math.random()}`;
    const first = { ...(await input()), clientRequestId };
    const answers = await Promise.all([1, 2, 3].map(() => done(app, name, first, selection)));
    const before = await tableTexts(app.app.store);
    answers.push(await done(app, name, first, selection));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(await tableTexts(app.app.store)).toEqual(before);
  });

  test('lists a key that breaks the rules, also when it is only to be validated', async () => {
    const wrong = { ...(await input()), clientRequestId: 'x'.repeat(201) };
    const refusal = await refused(app, name, wrong);
    expect(mistakes(refusal)).toContain('input.clientRequestId: BAD_REQUEST_ID');
    expect(await validate(app, name, wrong)).toEqual(refusal);
  });
});

test('every mutation can be repeated, and those that change an object can be conditional', () => {
  const without = (field: string): string[] =>
    mutations.filter((mutation) => !inputFields(mutation).includes(field));
  expect(without('clientRequestId')).toEqual([]);
  // They make or send something new, change what only workers change, change many things at once, or nothing.
  expect(without('ifMatch').sort()).toEqual(
    [
      ...['createProject', 'createEnvironment', 'createPlugin', 'planProject', 'exportProject'],
      ...[
        'createJob',
        'createSchedule',
        'createService',
        'createWebhook',
        'importState',
        'importSystemDatabase',
      ],
      ...['discoverStreams', 'installPlugins', 'runCommand', 'runJob', 'runTests', 'testPlugin', 'retryRun'],
      ...['triggerSchedule', 'testWebhook', 'retryDelivery'],
      ...['planBackfill', 'backfill'],
      'setRunLimit',
      ...['cancelRun', 'deleteRun', 'cancelBulkOperation', 'pauseBulkOperation', 'resumeBulkOperation'],
      ...['runJobs', 'cancelRuns', 'retryRuns', 'deleteRuns', 'pauseSchedules', 'resumeSchedules'],
      ...['copyStates', 'moveStates', 'clearStates'],
    ].sort(),
  );
});
