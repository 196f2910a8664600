import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { done } from '../../kit/verbs/call.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const text = `environments:   [ {name:   dev} ]
plugins:
  utilities:
  - {name: shell, namespace: shell, commands: {one: a, two: b, three: c}}
jobs:
- name: lines
  tasks:
  - shell:one    # first
  - shell:two    # second
- name: brackets
  tasks: [
    'shell:one',    # first
    'shell:two'     # second
  ]
`;

let count = 0;

const tasks = (...names: string[]): object[] => names.map((name) => ({ blocks: [`shell:${name}`] }));

test.each([
  [
    'before the first',
    'lines',
    tasks('three', 'one', 'two'),
    '  - shell:one    # first\n',
    '  - shell:three\n$&',
  ],
  [
    'behind the first',
    'lines',
    tasks('one', 'three', 'two'),
    '  - shell:one    # first\n',
    '$&  - shell:three\n',
  ],
  [
    'behind the last',
    'lines',
    tasks('one', 'two', 'three'),
    '  - shell:two    # second\n',
    '$&  - shell:three\n',
  ],
  [
    'behind the last, in brackets that have no comma at their end',
    'brackets',
    tasks('one', 'two', 'three'),
    `    'shell:two'     # second\n`,
    `    'shell:two',     # second\n    shell:three\n`,
  ],
])(
  'an item that is added %s is a line there, and nothing else changes',
  async (_where, job, given, at, now) => {
    const name = `places-${(count += 1)}`;
    await done(app, 'createProject', { name, text }, 'project { id }');
    const exported = async (): Promise<string> =>
      (await done<{ text: string }>(app, 'exportProject', { project: name }, 'text')).text;
    const whole = await exported();
    expect(whole).toContain(at);
    await done(app, 'updateJob', { job: `${name}/dev/${job}`, tasks: given }, 'job { id }');
    expect(await exported()).toBe(whole.replace(at, now));
  },
);
