import { expect, onTestFinished, test } from 'vitest';
import { startTestApp } from '../../kit/app.ts';
import { describeWithMeltano, meltano } from '../../kit/meltano/meltano.ts';
import { done } from '../../kit/verbs/call.ts';

interface Finding {
  severity: string;
  file: string;
  line: number;
  message: string;
}

/** The findings of a managed project of that text. */
async function findingsOf(executable: string, text: string): Promise<Finding[]> {
  const app = await startTestApp({ meltano: executable });
  onTestFinished(app.stop);
  await done(app, 'createProject', { name: 'advised', text }, 'project { id }');
  const { project } = await app.query<{ project: { manifest: { findings: Finding[] } } }>(
    '{ project(ref: "advised") { manifest { findings { severity file line message } } } }',
  );
  return project.manifest.findings;
}

const text = `version: 1
project_id: x
disable_tracking: true
environmnts: []
environments:
- name: dev
  state_id_suffix: eu
  config:
    plugins:
      extractors:
      - {name: tap-one, oddity: 1, env: {PORT: 80}}
plugins:
  extractors:
  - name: tap-one
    namespace: tap_one
    another_oddity: 1
    capabilities: [catalog, sings]
    settings:
    - {name: password, kind: password, value: hunter2, colour: red}
    commands:
      one: {args: 3}
jobs:
- {name: j, tasks: ['tap-one:one']}
schedules:
- {name: s, job: j, interval: '*/5 1-5/2 * jan mon-fri'}
`;

describeWithMeltano('of the JSON schema of the real Meltano', () => {
  test('comes advice with its lines, but none where the loader is known to be right', async () => {
    const findings = await findingsOf(meltano ?? '', text);
    const advice = findings.filter(({ severity }) => severity === 'ADVICE');
    expect(advice.map(({ line, message }) => `${line}: ${message}`)).toEqual([
      "4: By Meltano's JSON schema, `environmnts` is not known there.",
      "11: By Meltano's JSON schema, `environments.dev.config.plugins.extractors.tap-one.env.PORT` must be string.",
      expect.stringMatching(
        /^17: By Meltano's JSON schema, `plugins.extractors.tap-one.capabilities.1` is none of properties, catalog, /,
      ),
      "19: By Meltano's JSON schema, `plugins.extractors.tap-one.settings.password.colour` is not known there.",
      "21: By Meltano's JSON schema, `plugins.extractors.tap-one.commands.one.args` must be string.",
    ]);
    expect(JSON.stringify(findings)).not.toContain('hunter2');
  });

  test('comes no more advice than can be read', async () => {
    const keys = Array.from({ length: 150 }, (_one, i) => `key_${i}: 1\n`).join('');
    expect(await findingsOf(meltano ?? '', `${keys}environments: [{name: dev}]\n`)).toHaveLength(100);
  });
});

test('without a Meltano the advice is that there is none', async () => {
  expect(await findingsOf('/nonexistent/meltano', 'environments: [{name: dev}]\n')).toEqual([
    {
      severity: 'ADVICE',
      file: 'meltano.yml',
      line: 1,
      message: "Meltano's JSON schema was not found beside its executable, so there is no advice from it.",
    },
  ]);
});
