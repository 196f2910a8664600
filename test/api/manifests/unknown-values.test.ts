import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { copyOf, importAgain } from '../../kit/data/projects.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const withEnv = (env: string): string => `environments: [{name: dev}]
plugins:
  extractors: [{name: tap-a, namespace: tap_a}]
  loaders: [{name: target-a, namespace: target_a}]
jobs: [{name: load, tasks: [tap-a target-a]}]
schedules:
- {name: often, interval: '@hourly', job: load${env}}
`;

interface Shown {
  project: { manifest: { text: string; findings: { severity: string; message: string }[] } };
}

test('a schedule whose secret is in no file any more is left out of the manifest, which says so', async () => {
  const { directory } = await copyOf('desk', 'gone');
  const show = async (): Promise<Shown['project']['manifest']> => {
    const { project } = await app.query<Shown>(
      '{ project(ref: "gone") { manifest { text findings { severity message } } } }',
    );
    return project.manifest;
  };
  const errors = async (): Promise<string[]> =>
    (await show()).findings.flatMap(({ severity, message }) => (severity === 'ERROR' ? [message] : []));
  await writeFile(join(directory, 'meltano.yml'), withEnv(', env: {TAP_A_PASSWORD: four-seven}'));
  await importAgain(app, directory, 'gone');
  expect(await errors()).toEqual([]);
  // The file is read again at the next start only.
  await writeFile(join(directory, 'meltano.yml'), withEnv(''));
  expect(await errors()).toEqual([
    'The schedule "often" cannot be written to meltano.yml: the value of TAP_A_PASSWORD is not known here.',
  ]);
  expect((await show()).text).not.toContain('often');
});
