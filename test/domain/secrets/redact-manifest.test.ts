import { describe, expect, test } from 'vitest';
import { redactManifest, restoreSecrets } from '../../../src/domain/secrets/redact-manifest.ts';
import { InvalidInput } from '../../../src/errors.ts';
import { openDocument } from '../../../src/manifest/yaml/document.ts';
import { textOfDocument } from '../../../src/manifest/yaml/document-text.ts';
import { read } from '../../manifest/kit.ts';

async function redactedText(text: string): Promise<string> {
  const document = openDocument(text);
  redactManifest(document, await read(text));
  return textOfDocument(document);
}

/** `door` is a secret of `tap`, and what begins with `hidden` is to be hidden. */
const definition = `plugins:
  extractors:
  - name: tap
    namespace: tap
    settings: [{ name: door, sensitive: true, value: hidden }, { name: room, value: plain }]
`;

test.each([
  ['a default', definition],
  ['a part of one', definition.replace('value: hidden', 'value: { deep: hidden }')],
  ['no other part of a definition', definition.replace('sensitive: true', 'sensitive: true, label: plain')],
  [
    'a part of a default that sounds so',
    definition.replace('value: plain', 'value: { token: hidden, a: plain }'),
  ],
  [
    'a configuration',
    `${definition}    config: { door: hidden, door.deep: hidden, room: plain, token: hidden }\n`,
  ],
  [
    'what is below it',
    `${definition}    config: { door: { deep: [hidden] }, rooms: { token: hidden, a: [plain] } }\n`,
  ],
  ['an extra', `${definition}    vars: { password: hidden, a: plain }\n    door: hidden\n`],
  ['no key of a plugin', definition.replace('name: door', 'name: docs') + '    docs: plain\n'],
  ['variables of a plugin', `${definition}    env: { TAP_DOOR: hidden, TAP_ROOM: plain }\n`],
  ['a nested variable', `${definition}    env: { A: plain, TAP_DOOR_DEEP: hidden }\n`],
  ['annotations', `${definition}    annotations: { a: hidden, b: { c: [hidden] } }\n`],
  [
    'mappings',
    `plugins:
  mappers:
  - name: map
    namespace: map
    settings: [{ name: salt, sensitive: true }]
    mappings: [{ name: plain, config: { salt: hidden, column: plain, token: hidden } }]
`,
  ],
  [
    'a plugin with the name of another type',
    `${definition}  loaders:\n  - { name: tap, namespace: tap, config: { door: plain, token: hidden } }\n`,
  ],
  [
    'environments',
    `${definition}environments:
- name: plain
  env: { TAP_DOOR: hidden, A: plain }
  config:
    token: hidden
    other: { api_key: hidden, door: plain }
    plugins: { extractors: [{ name: tap, config: { door: hidden, room: plain } }, { name: x, config: { door: plain, token: hidden } }] }
`,
  ],
  [
    'schedules',
    `${definition}jobs: [{ name: my-token, tasks: [tap] }]
schedules: [{ name: plain, interval: '@daily', job: my-token, env: { TAP_DOOR: hidden, A: plain, TAP_DOOR_B: $hidden } }]
`,
  ],
  ['variables', `${definition}env: { TAP_DOOR: hidden, A: plain, MY_TOKEN: hidden }\n`],
  ['other keys', 'x_token: hidden\nx: { api_key: [hidden], a: plain }\nsend_anonymous_usage_stats: false\n'],
  ['shared values', 'a: &a plain\nb: { c: *a }\nd: &d hidden\ne_token: *d\n'],
  ['addresses', 'x: [https://hidden@h, https://u:hidden@h, "a://b/plain@c"]\n'],
])('what is secret of %s is hidden, and nothing else', async (_what, text) => {
  const shown = await redactedText(text);
  expect(shown).not.toContain('hidden');
  expect(shown.match(/plain/g)).toEqual(text.match(/plain/g));
  expect(shown.match(/\(redacted\)/g)?.length ?? 0).toBe(text.match(/hidden/g)?.length ?? 0);
});

test('variables are no secrets, save where Meltano takes a value as it is', async () => {
  const text = `${definition.replace('hidden', '$A')}    config: { door: '\${B}' }
environments: [{ name: dev, env: { TAP_DOOR: $G } }]
jobs: [{ name: j, tasks: [tap] }]
schedules: [{ name: s, interval: '@daily', job: j, x: https://$H@h, env: { TAP_DOOR: $C, A_DOOR: https://$D:$E@h, B: 'https://\${F}@h' } }]
`;
  const shown = text.replace('TAP_DOOR: $C', 'TAP_DOOR: (redacted)').replace('$D:$E', '(redacted)');
  expect(await redactedText(text)).toBe(shown);
});

describe('secrets that were hidden', () => {
  const own = `a_token: one
list: [{ name: x, token: two }, { name: y, token: three }]
url: https://u:four@h
schedules: [{ env: { URL: 'https://$U:$V@h' } }]
`;
  const restored = (text: string, ...present: string[]): string => {
    const document = openDocument(text);
    restoreSecrets(document, present.map(openDocument), ['input', 'text']);
    return textOfDocument(document);
  };

  test('come back where they stood', async () => {
    const shown = await redactedText(own.replace(/schedules.*\n/, ''));
    expect(shown).not.toMatch(/one|two|three|four/);
    expect(restored(shown, own)).toBe(own.replace(/schedules.*\n/, ''));
    expect(restored('schedules: [{ env: { URL: https://(redacted)@h } }]\n', own)).toBe(
      'schedules: [{ env: { URL: https://$U:$V@h } }]\n',
    );
  });

  test('come from the last document that has them', () => {
    expect(restored('a_token: (redacted)\n', own, 'a_token: later\n', 'b: 1\n')).toBe('a_token: later\n');
  });

  test('come from where an alias stands', () => {
    expect(restored('b: { token: (redacted) }\n', 'a: &a { token: one }\nb: *a\n')).toBe(
      'b: { token: one }\n',
    );
  });

  test('are no matter where nothing is hidden', () => {
    expect(restored('a: 1\n')).toBe('a: 1\n');
  });

  test.each([
    ['b_token: (redacted)\n', 'b_token'],
    ['list: [{ name: z, token: (redacted) }]\n', 'list.z.token'],
    ['a_token: x (redacted)\n', 'a_token'],
    ['url: https://(redacted)@other\n', 'url'],
  ])('are refused in %j', (text, place) => {
    const refused = (): string => restored(`c: plain\n${text}`, own);
    expect(refused).toThrow(InvalidInput);
    try {
      refused();
    } catch (error) {
      expect((error as InvalidInput).fields).toEqual([
        {
          path: ['input', 'text'],
          code: 'REDACTED',
          message: `\`${place}\` is "(redacted)", and there is no value that this could stand for; give one.`,
        },
      ]);
    }
  });
});
