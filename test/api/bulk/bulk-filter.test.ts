import { getNamedType, isInputObjectType, isObjectType } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeGlobalId } from '../../../src/domain/naming/global-id.ts';
import { schema } from '../../../src/schema/index.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { deskAndAnnex } from '../../kit/data/projects.ts';
import { submit } from '../../kit/verbs/bulk.ts';
import { refused } from '../../kit/verbs/call.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ projects: deskAndAnnex });
});
afterAll(() => app.stop());

/** The names of the fields of a type. */
function fieldsOf(name: string): string[] {
  const type = schema.getType(name);
  return isObjectType(type) || isInputObjectType(type) ? Object.keys(type.getFields()) : [];
}

const shown = fieldsOf('BulkFilter');

test('the filter of an operation has all fields that the filters of bulk verbs have', () => {
  const filters = Object.values(schema.getMutationType()?.getFields() ?? {}).flatMap(({ args: [input] }) => {
    const type = input && getNamedType(input.type);
    const filter = isInputObjectType(type) ? type.getFields().filter : undefined;
    return filter ? [getNamedType(filter.type).name] : [];
  });
  expect(filters.length).toBeGreaterThan(5);
  // A backfill chooses ticks.
  const range = fieldsOf('PlanBackfillInput').filter(
    (name) => !['clientRequestId', 'existing'].includes(name),
  );
  expect(shown.toSorted()).toEqual([...new Set([...filters.flatMap(fieldsOf), ...range])].toSorted());
});

const gone = '00000000-0000-7000-8000-000000000000';

test.each<[string, Record<string, unknown>, object?]>([
  ['runJobs', { environment: 'desk/dev', pattern: 'no*' }],
  ['pauseSchedules', { job: 'annex/dev/calls', pattern: '?' }],
  ['clearStates', { project: 'desk', pattern: '*', pair: 'a-to-b' }],
  ['retryRuns', { ids: [encodeGlobalId({ type: 'Run', id: gone })] }],
  ['clearStates', { ids: [encodeGlobalId({ type: 'State', id: gone })], project: null }],
  [
    'deleteRuns',
    {
      ...{ project: 'desk', kinds: ['TEST', 'RUN'], statuses: ['LOST'] },
      ...{ createdSince: '2026-01-01T02:00:00+02:00', endedBefore: '2026-01-02T00:00:00.5Z' },
      createdBefore: '2026-01-03T00:00:00Z',
    },
    {
      ...{ createdSince: '2026-01-01T00:00:00.000Z', endedBefore: '2026-01-02T00:00:00.500Z' },
      createdBefore: '2026-01-03T00:00:00.000Z',
    },
  ],
])('%s shows its filter %j as it was given', async (verb, filter, times = {}) => {
  const id = await submit(app, verb, { filter });
  const answer = await app.query(
    `query ($id: ID!) { bulkOperation(id: $id) { filter { ${shown.join(' ')} } } }`,
    { id },
  );
  const none = Object.fromEntries(shown.map((name) => [name, null]));
  expect(answer).toEqual({ bulkOperation: { filter: { ...none, ...filter, ...times } } });
});

test('a filter that names no place, or two, is refused with the fields among which to choose', async () => {
  const places = '`ids`, `project`, `environment` and `job`';
  for (const filter of [{}, { project: 'desk', environment: 'desk/dev' }]) {
    const { fields } = await refused(app, 'cancelRuns', { filter });
    expect(fields?.map(({ message }) => message)).toEqual([`Choose by exactly one of ${places}.`]);
  }
});

test('a text among the ids that is none is refused at its place', async () => {
  const ids = [encodeGlobalId({ type: 'Run', id: gone }), 'no-id'];
  expect(await refused(app, 'cancelRuns', { filter: { ids } })).toMatchObject({
    __typename: 'NotFound',
    path: ['input', 'filter', 'ids', '1'],
  });
});
