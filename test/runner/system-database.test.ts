import { expect, test } from 'vitest';
import {
  limits,
  readSystemDatabase,
  type RunQueries,
} from '../../src/runner/system-database/system-database.ts';

/** A database with these answers to the queries, in their order. */
const answering = (...answers: readonly (readonly unknown[])[][]): RunQueries =>
  async function* () {
    await Promise.resolve();
    for (const [query, rows] of answers.entries()) for (const row of rows) yield { query, row };
  };

const run = (id: string, time: string) => [id, 'dev:a-to-b', 'FAIL', time, null, null, '"It failed."'];

test('runs come the oldest first, with their times in UTC', async () => {
  const newest = run('0123456789ABCDEF0123456789ABCDEF', '2024-05-06 07:08:09.123456');
  const { runs } = await readSystemDatabase(
    answering([[0]], [], [['2']], [newest, run('other', '2024-05-06 07:08:09')]),
    'NULL',
  );
  expect(runs).toEqual([
    expect.objectContaining({ runId: 'other', startedAt: new Date('2024-05-06T07:08:09Z') }),
    {
      ...{ runId: '01234567-89ab-cdef-0123-456789abcdef', stateId: 'dev:a-to-b', status: 'FAIL' },
      ...{ startedAt: new Date('2024-05-06T07:08:09.123Z'), endedAt: null, heartbeatAt: null },
      error: 'It failed.',
    },
  ]);
});

test('an invocation of which older rows were not read is left out as a whole', async () => {
  const rows = [run('c', 'x'), run('b', 'x'), run('a', 'x'), run('a', 'x')];
  const { runs, leftOut } = await readSystemDatabase(answering([[0]], [], [[7]], rows), 'NULL');
  expect(runs.map(({ runId }) => runId)).toEqual(['b', 'c']);
  expect(leftOut.runs).toBe(5);
});

test('states are read until their documents are too many', async () => {
  const document = 'x'.repeat(limits.allCharacters / 10);
  const states = Array.from({ length: 12 }, (_, i) => [`s${i}`, document, null, 0]);
  const found = await readSystemDatabase(answering([[12]], states, [[0]], []), 'NULL');
  expect(found.states).toHaveLength(10);
  expect(found.leftOut.states).toBe(2);
});
