/** Streams of a state of 4.8 MB. */
const streams = 34_000;

const bookmark = (i: number, version: number): object => ({
  replication_key: 'updated_at',
  replication_key_value: `2026-01-0${1 + version}T00:00:00.${String(i).padStart(6, '0')}Z`,
  starting_replication_value: null,
});

const name = (i: number): string => `public-orders_${i}`;

/** A state of many streams. The bookmarks of two versions differ in every stream. */
export function stateDocument(version: number, count = streams): object {
  const bookmarks = Array.from({ length: count }, (_, i) => [name(i), bookmark(i, version)] as const);
  return { singer_state: { bookmarks: Object.fromEntries(bookmarks) } };
}

/** A state with so many different keys in one object. */
export function manyKeys(count: number): object {
  return { singer_state: Object.fromEntries(Array.from({ length: count }, (_, i) => [`${i}k`, 1])) };
}

/** JSON Patch operations, each for a stream of `stateDocument`. */
export function statePatch(count: number): object[] {
  return Array.from({ length: count }, (_, i) => ({
    op: 'replace',
    path: `/singer_state/bookmarks/${name(i * Math.floor(streams / count))}/replication_key_value`,
    value: '2026-02-01T00:00:00Z',
  }));
}

/**
 * So many states of 30 streams, for `importState`. 1,000 of them are as many as one answer may
 * have, as the database prints them.
 */
export function exportedStates(count: number): object[] {
  const document = stateDocument(0, 30);
  return Array.from({ length: count }, (_, i) => ({
    ...{ stateId: `dev:tap-${i}-to-target`, completed: { json: document }, partial: { json: {} } },
  }));
}

/** A `meltano.yml` of 1 MB. */
export function largeManifest(): string {
  const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
  return [
    'version: 1',
    'environments: [{ name: dev }, { name: prod }]',
    'plugins:',
    '  extractors:',
    ...numbers(1000).flatMap((i) => [
      `    - name: tap-${i}`,
      `      namespace: tap_${i}`,
      `      pip_url: tap-${i}==1.0.0`,
      '      capabilities: [catalog, discover, state]',
      '      settings:',
      '        - { name: start_date, kind: date_iso8601, description: How far back to go. }',
      '        - { name: page_size, kind: integer, value: 500 }',
      '        - { name: api_key, kind: string, sensitive: true }',
      `      config: { start_date: '2025-01-01', api_key: $API_KEY }`,
    ]),
    '  loaders: [{ name: target, namespace: target, pip_url: target==1.0.0 }]',
    'jobs:',
    ...numbers(6400).map(
      (i) =>
        `  - { name: nightly-job-of-the-warehouse-${i}, tasks: [tap-${i % 1000} target, tap-${(i + 1) % 1000} target] }`,
    ),
    '',
  ].join('\n');
}

/** A `meltano.yml` with long texts, which may all be addresses with passwords. */
export function longTexts(): string {
  const text = (i: number): string => String.fromCharCode(97 + i).repeat(46_000);
  return [
    'version: 1',
    'environments: [{ name: dev }]',
    ...Array.from({ length: 20 }, (_, i) => `x-note-${i}: ${text(i)}`),
    '',
  ].join('\n');
}

/** A short `meltano.yml` that stands for many rows: each job is in each environment. */
export function manyJobs(environments: number, jobs: number): string {
  const names = (kind: string, count: number) => Array.from({ length: count }, (_, i) => `${kind}${i}`);
  return [
    'version: 1',
    `environments: [${names('e', environments)
      .map((one) => `{name: ${one}}`)
      .join(',')}]`,
    `plugins: { utilities: [{ name: u, namespace: u, executable: 'true' }] }`,
    `jobs: [${names('j', jobs)
      .map((one) => `{name: ${one},tasks: [u]}`)
      .join(',')}]`,
    '',
  ].join('\n');
}

/** A variable with a list of 2,000 secrets. */
export function manySecrets(): object {
  const secrets = Array.from({ length: 2000 }, (_, i) => `secret-${String(i).padStart(4, '0')}`);
  return { name: 'MANY_SECRETS', value: JSON.stringify(secrets) };
}
