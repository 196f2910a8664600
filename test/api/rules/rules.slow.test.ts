import {
  getNamedType,
  isLeafType,
  isObjectType,
  type GraphQLInputObjectType,
  type GraphQLObjectType,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { schema } from '../../../src/schema/index.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { deskAndAnnex } from '../../kit/data/projects.ts';
import { tableTexts } from '../../kit/tables.ts';
import { call, done, mistakes, refused } from '../../kit/verbs/call.ts';
import { mutationInputs } from './rules-inputs.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ projects: deskAndAnnex });
});
afterAll(() => app.stop());

const mutations = Object.keys(schema.getMutationType()?.getFields() ?? {});

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

test('there is an input here for each mutation', () => {
  expect(Object.keys(mutationInputs).sort()).toEqual([...mutations].sort());
});

describe.each(mutations)('%s', (name) => {
  const input = (): Promise<object> => Promise.resolve(mutationInputs[name]?.(app) ?? {});
  const selection = successOf(name);

  test('changes nothing when it is only to be validated', async () => {
    const given = { ...(await input()), validateOnly: true };
    const before = await tableTexts(app.app.store);
    expect(await call(app, name, given, selection)).toMatchObject({ __typename: 'Validated' });
    expect(await tableTexts(app.app.store)).toEqual(before);
    expect(await call(app, name, { ...given, validateOnly: false }, selection)).toMatchObject({
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

  test('lists a key that breaks the rules', async () => {
    const refusal = await refused(app, name, { ...(await input()), clientRequestId: 'x'.repeat(201) });
    expect(mistakes(refusal)).toContain('input.clientRequestId: BAD_REQUEST_ID');
  });
});

test('every mutation can be validated and repeated, and those that change an object can be conditional', () => {
  const without = (field: string): string[] =>
    mutations.filter((mutation) => !inputFields(mutation).includes(field));
  expect(without('clientRequestId')).toEqual([]);
  expect(without('validateOnly')).toEqual([]);
  // They make something new, change what only workers change, change many things at once, or nothing.
  expect(without('ifMatch').sort()).toEqual(
    [
      ...['createProject', 'createEnvironment', 'createPlugin', 'planProject', 'exportProject'],
      ...['createJob', 'createSchedule', 'createService', 'importState', 'importSystemDatabase'],
      ...['discoverStreams', 'installPlugins', 'runCommand', 'runJob', 'runTests', 'testPlugin', 'retryRun'],
      ...['cancelRun', 'deleteRun', 'cancelBulkOperation'],
      ...['runJobs', 'cancelRuns', 'retryRuns', 'deleteRuns', 'pauseSchedules', 'resumeSchedules'],
      ...['copyStates', 'moveStates', 'clearStates'],
    ].sort(),
  );
});
