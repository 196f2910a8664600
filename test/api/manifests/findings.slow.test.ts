import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { graphOf } from '../../kit/data/project-graph.ts';
import { copyOf, importAgain } from '../../kit/data/projects.ts';
import { done } from '../../kit/verbs/call.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const odd = ['every day', '@reboot', '1,99 * * * *', '0 24 * * *'];

/** Secrets of several lines stand above what is odd. */
const text = `environments: [{name: dev}]
plugins:
  extractors:
  - name: tap-a
    namespace: tap_a
    config:
      password: |
        of
        four
        lines
      private_key: "-----
        BEGIN

        -----"
  loaders:
  - {name: target-a, namespace: target_a}
jobs:
- {name: load, tasks: [tap-a target-a]}
- {name: lost, tasks: [tap-z target-a]}
schedules:
${odd.map((interval, i) => `- {name: s${i}, interval: '${interval}', job: load}`).join('\n')}
`;

interface Finding {
  severity: string;
  line: number;
  message: string;
}

const selection = 'findings { severity line message }';

/** The findings of Meltano's loader, each with the line of the text. */
function told(findings: readonly Finding[], whole: string): string[] {
  const lines = whole.split('\n');
  return findings
    .filter(({ severity }) => severity === 'WARNING')
    .map(({ line, message }) => `${/name: (\w+)/.exec(lines[line - 1] ?? '')?.[1] ?? ''}: ${message}`);
}

const expected = [
  expect.stringMatching(/^lost: The job `lost` cannot run: no plugin or mapping is called `tap-z`/),
  ...odd.map(
    (interval, i) =>
      expect.stringContaining(`s${i}: The schedule \`s${i}\` never comes due: "${interval}" `) as string,
  ),
];

async function manifestOf(project: string): Promise<{ text: string; findings: Finding[] }> {
  const { project: found } = await app.query<{
    project: { manifest: { text: string; findings: Finding[] } };
  }>(`query ($project: ID!) { project(ref: $project) { manifest { text ${selection} } } }`, { project });
  return found.manifest;
}

test('a manifest, a plan, a new project and an import have the same findings, on the lines of the text that is shown', async () => {
  await done(app, 'createProject', { name: 'managed', text }, 'project { id }');
  const manifest = await manifestOf('managed');
  expect(manifest.text).not.toContain('four');
  expect(told(manifest.findings, manifest.text)).toEqual(expected);
  const imported = async (name: string, whole: string): Promise<string[]> => {
    const { importWarnings } = await graphOf(app, name);
    return told(
      importWarnings.map((one) => {
        const [, line, message = ''] = /^meltano\.yml:(\d+): (.*)$/.exec(one) ?? [];
        return { severity: 'WARNING', line: Number(line), message };
      }),
      whole,
    );
  };
  expect(await imported('managed', text)).toEqual(expected);

  const { plan } = await done<{ plan: { findings: Finding[] } }>(
    app,
    'planProject',
    { project: 'managed', text },
    `plan { ${selection} }`,
  );
  expect(told(plan.findings, text)).toEqual(expected);

  const { directory } = await copyOf('desk', 'found');
  await writeFile(join(directory, 'meltano.yml'), text);
  await importAgain(app, directory, 'found');
  expect(await imported('found', text)).toEqual(expected);
  const own = await manifestOf('found');
  expect(told(own.findings, own.text)).toEqual(expected);
});

test.each(odd)('createSchedule refuses the interval %s', async (interval) => {
  const name = `refusing${odd.indexOf(interval)}`;
  await done(app, 'createProject', { name, text }, 'project { id }');
  const input = { job: `${name}/dev/load`, name: 'new', interval };
  await expect(done(app, 'createSchedule', input, '__typename')).rejects.toThrow('InvalidInput');
});
