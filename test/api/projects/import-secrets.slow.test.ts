import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { copyOf, fixture, importAgain } from '../../kit/data/projects.ts';
import { tableTexts } from '../../kit/tables.ts';
import { done } from '../../kit/verbs/call.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ projects: [{ name: 'vault', directory: fixture('vault') }] });
});
afterAll(() => app.stop());

/** Everything in the project that nobody may read: invented words, and a number. */
const secret = /zq[a-z]{3,}\d+|p@ss|ss@|98765432109876543210123/;

/** What a text tells, with a few characters around it; empty when it tells nothing. */
function leaks(text: string): string[] {
  return [...text.matchAll(new RegExp(`.{0,40}(?:${secret.source}).{0,10}`, 'g'))].map(([found]) => found);
}

/** All that can be read of the project. */
const everything = `{ project(ref: "vault") {
  name directory manifestMode manifest { text json findings { message } } meltanoProjectId defaultEnvironment requiresMeltano envNames dotEnvNames importWarnings
  plugins(first: 100) { nodes {
    type name inheritFrom variant pipUrl executable namespace label description docs repository capabilities
    definition mappings extras
    settings { name label description kind isSensitive envName default value isSet }
    commands { name args description }
  } }
  environments { nodes {
    name path stateIdSuffix envNames pluginConfig
    jobs { nodes { name path pairs tasks { blocks } } }
    schedules { nodes { name path interval cron timeZone env { name value isSensitive } extractor loader transform } }
  } }
} }`;

interface Vault {
  project: {
    envNames: string[];
    dotEnvNames: string[];
    importWarnings: string[];
    plugins: {
      nodes: {
        name: string;
        pipUrl: string | null;
        extras: object;
        settings: { name: string; isSensitive: boolean; default: unknown; value: unknown; isSet: boolean }[];
        commands: { args: string }[];
      }[];
    };
    environments: {
      nodes: {
        envNames: string[];
        pluginConfig: Record<string, Record<string, Record<string, unknown>>>;
        schedules: { nodes: { env: { name: string; value: string | null; isSensitive: boolean }[] }[] };
      }[];
    };
  };
}

test('the fixture holds the secrets that are looked for', async () => {
  const texts = await Promise.all(
    ['meltano.yml', '.env', 'plugins/extractors/tap-locked--acme.lock'].map((file) =>
      readFile(join(fixture('vault'), file), 'utf8'),
    ),
  );
  expect(leaks(texts.join('\n')).length).toBeGreaterThan(45);
});

test('no table holds a secret of the files, the queue included', async () => {
  const tables = await tableTexts(app.app.store, { queue: true });
  expect(tables['public."Plugin"']).toHaveLength(6);
  expect(leaks(JSON.stringify(tables))).toEqual([]);
});

test('no answer holds one, and what is no secret is there', async () => {
  const { project } = await app.query<Vault>(everything);
  expect(leaks(JSON.stringify(project))).toEqual([]);
  expect(project).toMatchObject({
    envNames: ['ROOT_TOKEN'],
    dotEnvNames: ['PLAIN_NAME', 'TAP_VAULT_PASSWORD'],
  });
  const tap = project.plugins.nodes.find(({ name }) => name === 'tap-vault');
  expect(tap?.pipUrl).toBe(
    'git+https://(redacted)@git.example/tap-vault.git@v1 --extra-index-url https://(redacted)@pypi.example',
  );
  const settings = new Map(tap?.settings.map((setting) => [setting.name, setting]));
  expect(settings.get('username')).toMatchObject({ value: 'visible-name', isSensitive: false, isSet: true });
  for (const name of [
    'password',
    'code',
    'door.code',
    'login',
    'safe.left',
    'safe.right',
    'undefined_api_key',
  ]) {
    const hidden = { name, isSensitive: true, default: null, value: null, isSet: true };
    expect(settings.get(name)).toMatchObject(hidden);
  }
  expect(settings.get('door.number')).toMatchObject({ value: 7, isSensitive: false });
  expect(settings.get('upstream')?.value).toBe('https://(redacted)@host.example/path');
  expect(settings.get('servers')?.value).toEqual([{ name: 'one', api_key: '(redacted)' }]);
  expect(settings.get('nested')?.default).toEqual({ auth: '(redacted)' });
  expect(tap?.extras).toEqual({ metadata: { rows: { note: 'fine', access_token: '(redacted)' } } });
  const [environment] = project.environments.nodes;
  expect(environment?.envNames).toEqual(['STAGE_TOKEN']);
  expect(environment?.pluginConfig).toEqual({
    EXTRACTOR: {
      'tap-vault': {
        password: '(redacted)',
        entry: '(redacted)',
        door: { number: 7, code: '(redacted)' },
        'door.code': '(redacted)',
        safe: '(redacted)',
        upstream: 'https://(redacted)@host.example/path',
        servers: [{ name: 'one', api_key: '(redacted)' }],
        pin: '(redacted)',
      },
      'tap-gone': { client_secret: '(redacted)' },
    },
  });
  expect(environment?.schedules.nodes[0]?.env).toEqual([
    { name: 'VAULT_CODE', value: null, isSensitive: true },
    { name: 'TAP_VAULT_ENTRY', value: null, isSensitive: true },
    { name: 'SOME_TOKEN', value: null, isSensitive: true },
    { name: 'UPSTREAM', value: null, isSensitive: true },
    { name: 'VISIBLE', value: 'visible-value', isSensitive: false },
  ]);
});

test('the log holds none, neither of an import nor of what it finds wrong', () => {
  expect(app.logged.some(({ message }) => message === 'project imported')).toBe(true);
  expect(leaks(JSON.stringify(app.logged))).toEqual([]);
});

test('a secret that changes in the file leaves no trace either, and one that goes leaves none behind', async () => {
  const copy = await copyOf('vault');
  await importAgain(app, copy.directory, 'vault-2');
  await copy.edit('password: zqplugin1', 'password: zqchanged1');
  await copy.edit('SOME_TOKEN: zqschedule3', 'SOME_TOKEN: zqchanged2');
  await copy.edit('username: visible-name', 'username: other-name');
  expect(await importAgain(app, copy.directory)).toMatchObject({ created: 0, deleted: 0 });
  const tables = JSON.stringify(await tableTexts(app.app.store, { queue: true }));
  expect(tables).toContain('other-name');
  expect(leaks(tables)).toEqual([]);
});

test('variables that a caller gives are hidden from readers when they set what is sensitive', async () => {
  const env = [
    { name: 'TAP_VAULT_PASSWORD', value: 'hidden-1' },
    { name: 'VAULT_PASSWORD', value: 'hidden-2' },
    { name: 'TAP_VAULT_ENTRY', value: 'hidden-3' },
    { name: 'VAULT_DOOR_CODE', value: 'hidden-4' },
    { name: 'TAP_HEIR_CODE', value: 'hidden-5' },
    { name: 'MY_API_KEY', value: 'hidden-6' },
    { name: 'PACKAGE_INDEX', value: 'https://me:hidden-7@pypi.example' },
    { name: 'TAP_VAULT_USERNAME', value: 'shown-1' },
    { name: 'PLAIN', value: 'https://pypi.example/shown-2@v1' },
  ];
  const asked = await done<{ run: object }>(
    app,
    'runJob',
    { job: 'vault/dev/all', env },
    'run { id env { name value isSensitive } job { name } }',
  );
  const made = await done<{ schedule: object }>(
    app,
    'createSchedule',
    { job: 'vault/dev/all', name: 'with-secrets', interval: '@daily', env },
    'schedule { env { name value isSensitive } }',
  );
  const shown = env.map(({ name, value }) => {
    const sensitive = value.includes('hidden');
    return { name, value: sensitive ? null : value, isSensitive: sensitive };
  });
  expect(asked.run).toMatchObject({ env: shown });
  expect(made.schedule).toEqual({ env: shown });
  expect(JSON.stringify(app.logged)).not.toContain('hidden');
});
