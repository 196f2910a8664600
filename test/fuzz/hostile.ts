// Values that are known to upset programs: what PostgreSQL, YAML, JSON, paths, patterns, dates and JavaScript
// treat in a special way, and what is one over a maximum.
import fc from 'fast-check';
import { defaultMaxima, maxJsonDepth } from '../../src/schema/maxima/maxima.ts';

const over = (length: number): string => 'x'.repeat(length + 1);

/** Texts. */
export const texts: readonly string[] = [
  ...[
    '',
    ' ',
    '\0',
    'a\0b',
    '\ud800',
    'x\udfff',
    '\u0001',
    '\x7f',
    '\u0085',
    '\u2028',
    '\ufeff',
    '\ufffe',
    '\uffff',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'null',
    'true',
    '~',
    '1',
    '-1',
    '1e999',
    'NaN',
  ],
  ...[
    'a/b',
    'a/b/c',
    '/',
    '//',
    '..',
    '../../etc/passwd',
    '.',
    'a:b',
    ':',
    '-x',
    '--help',
    'a b',
    '*',
    '?',
    '%',
    '_',
  ],
  ...[
    "'",
    '"',
    '\\',
    '\n',
    '\r\n',
    '\t',
    '`',
    '$HOME',
    '${A',
    '${A:-b}',
    '!!set {a,b}',
    '&a [*a]',
    '*a',
    '{',
    '[',
    '# x',
  ],
  ...[
    '😀',
    'é'.repeat(126),
    'ß',
    '\u202e',
    '0000-01-01',
    '@daily',
    '* * * * *',
    '60 * * * *',
    '*/0 * * * *',
    'UTC',
    '+02:00',
  ],
  ...[
    '\'; DROP TABLE "Run"; --',
    '(redacted)',
    'https://u:p@h/x',
    'tap-tickets',
    'tap-a target-a',
    'digest:daily',
  ],
  ...['x'.repeat(129), 'x'.repeat(251), over(1000), over(4096), over(defaultMaxima.text), over(32_768)],
];

/** Times: some are none. */
export const times: readonly unknown[] = [
  ...['2026-01-01T00:00:00Z', '1970-01-01T00:00:00.000Z', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z'],
  ...[
    '0000-01-01T00:00:00Z',
    '0001-01-01T00:00:00+14:00',
    '9999-12-31T23:59:59-12:00',
    '2026-02-30T00:00:00Z',
  ],
  ...[
    '2016-12-31T23:59:60Z',
    '+010000-01-01T00:00:00Z',
    '-000001-01-01T00:00:00Z',
    '2026-01-01',
    '',
    'now',
    0,
    1e300,
    {},
  ],
];

/** Whole numbers: some do not fit into 32 bits. */
export const integers: readonly unknown[] = [
  ...[0, 1, -1, 2, 5, 20, 100, 101, 1000, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 2 ** 53, 0.5, '1', true],
];

/** An object or a list that is nested so deep. */
export function nested(depth: number, asList = false): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i += 1) value = asList ? [value] : { a: value };
  return value;
}

const oddObject = JSON.parse(
  '{"__proto__": {"a": 1}, "constructor": 1, "": null, "a.b": 2, "a\\u0000": 3}',
) as object;

/** A document of a state. */
export const state = { singer_state: { bookmarks: { orders: { at: '2026-01-01' } } } };

/** JSON values. */
export const jsons: readonly unknown[] = [
  ...[
    null,
    0,
    -0,
    1e308,
    2 ** 53,
    0.1,
    true,
    '',
    '\0',
    '\ud800',
    '{',
    '[]',
    [],
    {},
    [null],
    [[]],
    { a: null },
  ],
  ...[
    oddObject,
    { a: '\0' },
    { '\ud800': 1 },
    { a: '\u2028\u0085' },
    { 'a.b': 1, a: { b: 2 } },
    { a: 1, 'a.b': { c: 1 } },
  ],
  ...[
    { path: 'in.csv' },
    { path: null, a: { b: [1, { c: null }] } },
    { metadata: { 'a.*': { 'replication-key': 'b' } } },
  ],
  ...[
    nested(maxJsonDepth),
    nested(maxJsonDepth + 1),
    nested(3000),
    nested(3000, true),
    { a: over(defaultMaxima.json) },
  ],
  ...[
    state,
    { ...state, n: 2 ** 60 },
    JSON.stringify(state),
    '{"singer_state": 1e400}',
    { s: { completed: state, partial: {} } },
  ],
  ...[
    [{ op: 'add', path: '/singer_state/x', value: 1 }],
    [{ op: 'remove', path: '' }],
    [{ op: 'move', from: '/a', path: '/a/b' }],
  ],
  ...[
    [{ op: 'test', path: '/singer_state', value: {} }],
    [{ op: 'copy', from: '', path: '/singer_state/self' }],
    [{}],
    [null],
  ],
];

/** Documents of states and whole states, as JSON text. */
export const documentTexts: readonly string[] = [
  ...[JSON.stringify(state), '{}', 'null', '9007199254740993', '{"singer_state": 1e400}'],
  ...[`{"dev:tap-a-to-target-a": {"completed": ${JSON.stringify(state)}, "partial": {}}}`, '{"s": 1}', '{"a'],
];

/** Lines of a `meltano.yml`. Any of them may follow any other. */
const lines: readonly string[] = [
  ...[
    'version: 1',
    'default_environment: dev',
    'project_id: x',
    'include_paths: [./*.yml]',
    'requires_meltano: ">=3"',
  ],
  ...[
    'environments:',
    '- name: dev',
    '  - name: prod',
    '  - { name: qa, env: { A: b }, state_id_suffix: x }',
    'environments: [{ name: dev }]',
  ],
  ...[
    'plugins:',
    '  extractors:',
    '    - name: tap-a',
    '      namespace: tap_a',
    '      config: { a.b: 1, a: { b: 2 } }',
    '      pip_url: x',
  ],
  ...[
    '      inherit_from: tap-a',
    '      settings: [{ name: pin, sensitive: true, value: 1 }]',
    '      commands: { test: x, go: { args: y } }',
  ],
  ...[
    '  loaders: [{ name: target-a, namespace: target_a }]',
    'jobs: [{ name: go, tasks: [tap-a target-a] }]',
    'jobs:',
    '- name: j',
    '  tasks: []',
  ],
  ...[
    'schedules: [{ name: s, interval: "@daily", job: go }]',
    'schedules:',
    '  - { name: t, interval: "* * * * 9", job: j, env: { A: 1 } }',
  ],
  ...[
    'text: "!!set {a,b}"',
    'a: !!set {a, b}',
    'b: !!binary aGk=',
    'c: !!omap [a: 1]',
    'd: !!timestamp 0000-01-01',
    'e: !custom x',
    '!!set',
  ],
  ...[
    'f: &a [1]',
    'g: *a',
    'h: *none',
    '<<: { a: 1 }',
    '? [x]',
    ': y',
    '{',
    '}',
    '\t- x',
    '"\\u0000": 1',
    'n: "\\ud800"',
    '\0',
    '\ud800',
    '---',
    '...',
    '%YAML 1.1',
    '- 1',
  ],
  ...[
    '1: 2',
    'null: 1',
    '~: 1',
    '__proto__: { a: 1 }',
    'env: { __proto__: x, A: null }',
    'jobs: 1',
    'plugins: []',
    'environments: {}',
    'i: .inf',
    'j: 0o777',
    'k: 1e400',
  ],
];

/** Texts of `meltano.yml`: whole ones, and ones that are put together from any lines. */
export const manifests: fc.Arbitrary<string> = fc
  .array(fc.constantFrom(...lines), { maxLength: 12 })
  .map((chosen) => chosen.join('\n'));
