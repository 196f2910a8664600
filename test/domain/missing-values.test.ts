import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { missingValues, type RunNeeds } from '../../src/domain/projects/missing-values.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'meltano-graphql-missing-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** What is missing for an extractor with some values. */
async function missing(config: object, needs: Partial<RunNeeds> = {}, more: object = {}): Promise<string[]> {
  const tap = {
    name: 'tap-a',
    namespace: 'tap_a',
    settings: [{ name: 'key' }, { name: 'source', kind: 'file' }],
  };
  const manifest = {
    env: { FROM_ROOT: '1' },
    environments: [{ name: 'dev', env: { FROM_DEV: '1' } }],
    plugins: {
      extractors: [{ ...tap, config, ...more }],
      loaders: [{ name: 'target-a', namespace: 'target_a', config: { schema: '$UNSET' } }],
    },
  };
  await writeFile(join(directory, 'meltano.yml'), JSON.stringify(manifest));
  const run = {
    environment: 'dev',
    names: ['tap-a'],
    variables: ['GIVEN'],
    isManaged: true,
    makesFiles: false,
    isLarge: false,
  };
  return missingValues({ directory, ...run, ...needs });
}

test('variables that are set anywhere are not missing', async () => {
  await writeFile(join(directory, '.env'), 'FROM_DOT_ENV=1\n');
  const set = [
    '$GIVEN',
    '${FROM_ROOT}',
    '$FROM_DEV/x',
    '$FROM_DOT_ENV',
    '$MELTANO_PROJECT_ROOT/x',
    '$TAP_A_KEY',
  ];
  expect(await missing(Object.fromEntries(set.map((value, i) => [`v${i}`, value])))).toEqual([]);
  expect(await missing({ other: '$OWN' }, {}, { env: { OWN: '1' } })).toEqual([]);
  // The value is not used when a variable of the setting is given.
  expect(await missing({ other: '$NOWHERE' }, { variables: ['TAP_A_OTHER'] })).toEqual([]);
});

test('variables that are set nowhere are named, of the plugins that the run uses', async () => {
  expect(await missing({ key: '$NOWHERE', deep: { list: ['${NOWHERE_ELSE}'] } })).toEqual([
    'The setting `key` of `tap-a` needs the variable NOWHERE, which is set nowhere: give it with `setProjectEnv`, or to the run as `env`.',
    'The setting `deep.list` of `tap-a` needs the variable NOWHERE_ELSE, which is set nowhere: give it with `setProjectEnv`, or to the run as `env`.',
  ]);
  expect(await missing({ key: '$FROM_DEV' }, { environment: null })).toHaveLength(1);
  expect(await missing({}, { names: ['tap-a', 'target-a'] })).toHaveLength(1);
});

test('files that an extractor reads are named, unless the run may make them', async () => {
  await writeFile(join(directory, 'there.csv'), '');
  const fine = {
    path: 'there.csv',
    file: '$MELTANO_PROJECT_ROOT/there.csv',
    file_path: 's3://x/y.csv',
    filename: 'x',
  };
  expect(await missing({ ...fine, files: [{ path: 'in/*.csv' }], cache: 'none.db' })).toEqual([]);
  const lost = { path: 'none.csv', files: [{ path: './none-either.csv' }], source: 'none.json' };
  expect(await missing(lost)).toEqual([
    'The setting `path` of `tap-a` names the file "none.csv", which the project does not have: give it with `putProjectFile`.',
    'The setting `files` of `tap-a` names the file "./none-either.csv", which the project does not have: give it with `putProjectFile`.',
    'The setting `source` of `tap-a` names the file "none.json", which the project does not have: give it with `putProjectFile`.',
  ]);
  expect(await missing(lost, { makesFiles: true })).toEqual([]);
});
