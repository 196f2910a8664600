import { expect, test } from 'vitest';
import { runSecrets } from '../../../src/domain/secrets/run-secrets.ts';
import { projectOf } from '../../manifest/kit.ts';

const manifest = `env: { TAP_DOOR: in-env, MY_TOKEN: in-token, HARMLESS: plain }
database_password: in-settings
plugins:
  extractors:
  - name: tap
    namespace: tap
    settings: [{ name: door, sensitive: true, value: in-default }, { name: room, value: plain }]
    config: { door: in-config, room: plain, from: $SOURCE, token: $SOURCE }
    env: { PLUGIN_TOKEN: in-plugin-env }
    vars: { password: in-extra, a: plain }
    x: https://u:in-login@h
  - { name: heir, inherit_from: tap, config: { door: in-heir } }
  mappers:
  - name: map
    namespace: map
    settings: [{ name: salt, sensitive: true }]
    mappings: [{ name: m, config: { salt: in-mapping, column: plain } }]
environments:
- name: dev
  env: { DEV_TOKEN: in-environment }
  config: { plugins: { extractors: [{ name: tap, config: { door: in-pair }, env: { PAIR_TOKEN: in-pair-env }, vars: { api_key: in-pair-extra } }] } }
jobs: [{ name: j, tasks: [tap] }]
schedules: [{ name: s, interval: '@daily', job: j, env: { DAY_TOKEN: in-schedule, DAY: plain } }]
`;

test('the secrets of a run are those of its files, its variables and what they are made of', async () => {
  const directory = await projectOf({
    'meltano.yml': manifest,
    '.env': 'TAP_DOOR=in-dot-env\nSOURCE=in-source\nADDRESS=x://u:in-dot-login@h\nOTHER=plain\n',
    'plugins/extractors/none.lock': '',
  });
  const secrets = await runSecrets(directory, [
    ['TAP_DOOR_DEEP', 'in-given'],
    ['MARKED', 'in-marked', true],
    ['NOT_MARKED', 'plain', false],
    ['GIVEN_URL', 'x://u:in-given-login@h'],
  ]);
  expect(secrets.filter((secret) => !secret.includes('in-') || secret.includes('plain'))).toEqual([]);
  const words = (text: string): string[] => [...new Set(text.match(/in-[a-z-]+/g))].sort();
  const all = [manifest, 'in-dot-env in-source in-dot-login in-given in-marked in-given-login'].join(' ');
  expect(words(secrets.join(' '))).toEqual(words(all));
});

test('of a file that cannot be read, they are what stands behind a name that sounds like one', async () => {
  const directory = await projectOf({
    'meltano.yml':
      'plugins: [oops\n  token: "in-quotes"\n  {password: in-braces, other: plain}\n  api_key: $SOURCE\n  url: https://u:in-login@h\n  token\n- my: secret: in-second',
    '.env': 'SOURCE=in-source\nMY_TOKEN=in-dot-env\n',
  });
  expect((await runSecrets(directory, [['A_PASSWORD', 'in-given']])).sort()).toEqual(
    ['in-quotes', 'in-braces', 'in-login', 'in-source', 'in-dot-env', 'in-given'].sort(),
  );
});

test('without a file, they are those of the variables', async () => {
  expect(
    await runSecrets('/nowhere', [
      ['A_TOKEN', 'word'],
      ['B', 'plain'],
    ]),
  ).toEqual(['word']);
});
