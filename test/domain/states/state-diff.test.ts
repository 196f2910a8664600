import { expect, test } from 'vitest';
import { diffDocuments, diffLimits } from '../../../src/domain/states/documents/state-diff.ts';

test.each<[string, string, string, (string | null)[][]]>([
  ['the same', '{"a":1}', '{"a":1}', []],
  ['the same in another order', '{"a":1,"b":{"c":2,"d":3}}', '{"b":{"d":3,"c":2},"a":1}', []],
  ['numbers written in another way', '{"a":1.0,"b":100}', '{"a":1.00,"b":1e2}', []],
  [
    'a number that JavaScript rounds',
    '{"a":9007199254740992}',
    '{"a":9007199254740993}',
    [['/a', 'CHANGED', '9007199254740992', '9007199254740993']],
  ],
  ['a key more', '{}', '{"a":{"b":1}}', [['/a', 'ADDED', null, '{"b":1}']]],
  ['a key less', '{"a":null}', '{}', [['/a', 'REMOVED', 'null', null]]],
  [
    'a value deep inside',
    '{"a":{"b":[1,{"c":2}]}}',
    '{"a":{"b":[1,{"c":3}]}}',
    [['/a/b/1/c', 'CHANGED', '2', '3']],
  ],
  ['a list that grows', '[1]', '[1,2]', [['/1', 'ADDED', null, '2']]],
  ['a list that shrinks', '[1,2]', '[1]', [['/1', 'REMOVED', '2', null]]],
  ['another kind of value', '{"a":{"b":1}}', '{"a":[1]}', [['/a', 'CHANGED', '{"b":1}', '[1]']]],
  ['text and number', '{"a":1}', '{"a":"1"}', [['/a', 'CHANGED', '1', '"1"']]],
  [
    'odd keys',
    '{"a/b~":1,"__proto__":{"x":1},"":1}',
    '{"a/b~":2,"__proto__":{"x":2},"":2}',
    [
      ['/a~1b~0', 'CHANGED', '1', '2'],
      ['/__proto__/x', 'CHANGED', '1', '2'],
      ['/', 'CHANGED', '1', '2'],
    ],
  ],
])('tells of %s', (_what, before, after, expected) => {
  const { changes, isTruncated } = diffDocuments(before, after);
  expect(changes.map((change) => [change.path, change.kind, change.before, change.after])).toEqual(expected);
  expect(isTruncated).toBe(false);
});

test('stops after so many changes, and says so', () => {
  const list = (value: number, length: number): string => JSON.stringify(Array.from({ length }, () => value));
  const just = diffDocuments(list(1, diffLimits.changes), list(2, diffLimits.changes));
  expect([just.changes.length, just.isTruncated]).toEqual([diffLimits.changes, false]);
  const over = diffDocuments(list(1, diffLimits.changes + 1), list(2, diffLimits.changes + 1));
  expect([over.changes.length, over.isTruncated]).toEqual([diffLimits.changes, true]);
});

test('leaves values out that are too long altogether, and says so', () => {
  const long = 'x'.repeat(diffLimits.characters / 2 + 1);
  const { changes, isTruncated } = diffDocuments('{"a":1,"b":2}', JSON.stringify({ a: long, b: long }));
  expect(changes.map(({ path, before, after }) => [path, before, after?.length ?? null])).toEqual([
    ['/a', '1', long.length + 2],
    ['/b', '2', null],
  ]);
  expect(isTruncated).toBe(true);
});
