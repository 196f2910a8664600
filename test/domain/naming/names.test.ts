import { describe, expect, test } from 'vitest';
import { InvalidInput, InputCheck, type InvalidField } from '../../../src/errors.ts';
import { decodeGlobalId, encodeGlobalId, nodeTypes } from '../../../src/domain/naming/global-id.ts';
import { checkStateId } from '../../../src/domain/states/state-leases.ts';
import { checkName } from '../../../src/domain/naming/names.ts';
import { quoted } from '../../../src/lib/quoted.ts';
import { stateIdInLeaseKey, stateLeaseKey } from '../../../src/store/leases/lease-keys.ts';
import { pairOf } from '../../../src/store/states/state-id-parts.ts';

function mistakes(look: (check: InputCheck) => void): readonly InvalidField[] {
  const check = new InputCheck();
  look(check);
  try {
    check.done();
    return [];
  } catch (error) {
    if (error instanceof InvalidInput) return error.fields;
    throw error;
  }
}

const complaintsAbout = (name: string): string[] =>
  mistakes((check) => checkName(check, 'name', name)).map(({ code }) => code);
const complaintsAboutStateId = (stateId: string): readonly InvalidField[] =>
  mistakes((check) => checkStateId(check, 'stateId', stateId));

describe('the name of a job or a schedule', () => {
  test.each(['a', 'A-1_b.c', 'daily@work', 'ümlaut', '😀', 'x'.repeat(128)])('%j is fine', (name) => {
    expect(complaintsAbout(name)).toEqual([]);
  });

  test.each(['a/b', 'a:b', ' a', 'a\t', 'a\u00a0b', 'a\u2028', '\u0007', '--full-refresh', '\udc00'])(
    '%j is none',
    (name) => {
      expect(complaintsAbout(name)).toEqual(['BAD_NAME']);
    },
  );

  test.each(['', 'x'.repeat(129)])('has 1 to 128 characters', (name) => {
    expect(complaintsAbout(name)).toEqual(['BAD_LENGTH']);
  });
});

describe('a state id', () => {
  test.each(['dev:tap-a-to-target-b:eu', 'a b', '...', '-x', '$SUFFIX', 'x'.repeat(250), '😀'.repeat(62)])(
    '%j is fine',
    (stateId) => {
      expect(complaintsAboutStateId(stateId)).toEqual([]);
    },
  );

  test.each(['', '.', '..', 'a/b', '/', 'a\0', 'a\n', '\ud83d', 'x'.repeat(251), '😀'.repeat(63)])(
    '%j is none',
    (stateId) => {
      expect(complaintsAboutStateId(stateId)).toMatchObject([
        {
          path: ['input', 'stateId'],
          code: 'BAD_STATE_ID',
          message: expect.stringMatching(/^[^\n]+\.$/) as string,
        },
      ]);
    },
  );

  test.each([
    ['dev:tap-a-to-target-b', 'tap-a-to-target-b'],
    ['dev:tap-a-to-target-b:eu', 'tap-a-to-target-b'],
    ['dev:tap-a-to-target-b:eu:west', 'tap-a-to-target-b'],
    ['dev:tap-a-to-b-to-target-c', 'tap-a-to-b-to-target-c'],
    ['dev:tap-a', null],
    ['tap-a-to-target-b', null],
    ['dev:tap-a-to-target-b:', null],
    [':tap-a-to-target-b', null],
    ['nightly', null],
  ])('%s is of the pair %s', (stateId, pair) => {
    expect(pairOf(stateId)).toBe(pair);
  });

  test('is found again in the key that a run holds', () => {
    for (const stateId of ['dev:a-to-b:eu', 'a:b:c', 'two\nlines', ':']) {
      expect(stateIdInLeaseKey(stateLeaseKey('00000000-0000-7000-8000-000000000000', stateId))).toBe(stateId);
    }
    expect(stateIdInLeaseKey('plugins')).toBeNull();
  });
});

describe('a global id', () => {
  const id = '01975f1e-8b5a-7c3d-9e4f-0123456789ab';

  test.each(nodeTypes)('of a %s names it', (type) => {
    expect(decodeGlobalId(encodeGlobalId({ type, id }))).toEqual({ type, id });
  });

  test.each([
    '',
    'desk/dev/job',
    'Job:1',
    Buffer.from(`Nothing:${id}`).toString('base64url'),
    Buffer.from('Job:1').toString('base64url'),
  ])('%j is none', (text) => {
    expect(decodeGlobalId(text)).toBeNull();
  });
});

test('what a caller gave is quoted on one line, and cut when it is long', () => {
  expect(quoted('a "b"\n')).toBe('"a \\"b\\"\\n"');
  expect(quoted('x'.repeat(201))).toBe(`"${'x'.repeat(200)}…"`);
});
