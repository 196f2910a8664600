import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { describeWithMeltano, meltano } from '../../kit/meltano/meltano.ts';
import { tableTexts } from '../../kit/tables.ts';
import { call, refused } from '../../kit/verbs/call.ts';
import { ask, linesOf, runEnded, runToEnd } from '../../kit/verbs/runs.ts';

/** Begins of all secrets, which nothing may contain. So long that no encrypted value has it by chance. */
const mark = 'zqtell';

// Prints what it was given, in all forms, and fails.
const tap = `#!/usr/bin/env python3
import base64, json, os, sys, time, urllib.parse
config = json.load(open(sys.argv[sys.argv.index("--config") + 1]))
values = [config["password"], config["login_url"], os.environ["PARTNER"], os.environ["GIVEN_TOKEN"]]
for value in values:
    print("plain", value, file=sys.stderr)
    print("json", json.dumps({"value": value}), file=sys.stderr)
    print("repr", repr({"value": value}), file=sys.stderr)
    print("address", urllib.parse.quote_plus(value), file=sys.stderr)
    for before in ["", "a", "ab"]:
        print("base64", base64.b64encode((before + value).encode()).decode(), file=sys.stderr)
# In two writes, the first of which ends within a secret, and behind more than a log line holds.
sys.stderr.flush()
os.write(2, b"x" * 70000 + values[0].encode()[:4])
time.sleep(0.3)
os.write(2, values[0].encode()[4:] + b"\\n")
print("harmless tokens 3", file=sys.stderr)
sys.exit("no access with " + values[0])
`;

const target = `#!/usr/bin/env python3
import sys
for line in sys.stdin: pass
`;

const manifest = `default_environment: dev
project_id: 00000000-0000-4000-8000-000000000007
send_anonymous_usage_stats: false
environments: [{ name: dev }]
plugins:
  extractors:
    - name: tap-loud
      namespace: tap_loud
      executable: bin/tap.py
      settings: [{ name: password }, { name: login_url, value: 'https://\${LOGIN}:\${PARTNER}@host.example' }]
      config: { password: 'zqtell"wo/rd\\é', tokens_per_minute: 3 }
  loaders: [{ name: target-none, namespace: target_none, executable: bin/target.py }]
  utilities:
    - { name: loud, namespace: loud, executable: bin/tap.py, commands: { once: '--config config.json' } }
jobs: [{ name: job, tasks: [tap-loud target-none] }]
`;

let directory: string;
let app: TestApp;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'secrets-'));
  await mkdir(join(directory, 'bin'));
  const files = {
    'meltano.yml': manifest,
    '.env': 'LOGIN=harmless\nPARTNER=zqtellpartner1\n',
    'bin/tap.py': tap,
  };
  for (const [name, text] of Object.entries({ ...files, 'bin/target.py': target }))
    await writeFile(join(directory, name), text);
  for (const name of ['tap', 'target']) await chmod(join(directory, 'bin', `${name}.py`), 0o755);
  app = await startTestApp({
    projects: [{ name: 'loud', directory }],
    meltano: meltano ?? '/nonexistent/meltano',
    slots: 1,
  });
});
afterAll(async () => {
  await app.stop();
  await rm(directory, { recursive: true, force: true });
});

const env = [
  { name: 'GIVEN_TOKEN', value: 'zqtellgiven-token' },
  { name: 'PARTNER', value: 'zqtellpartner1' },
  { name: 'PLAIN', value: 'harmless-value' },
];

describeWithMeltano('a plugin that prints its secrets', () => {
  test('leaves none in any line, message or table, however it writes them', async () => {
    const run = await runToEnd(app, 'runJob', { job: 'loud/dev/job', env });
    expect(run.status).toBe('FAILED');
    const lines = (await linesOf(app, run.id)).map(({ message }) => message);
    expect(lines).toContain('harmless tokens 3');
    expect(lines.filter((line) => line.startsWith('plain'))).toEqual([
      'plain (redacted)',
      'plain https://harmless:(redacted)@host.example',
      'plain (redacted)',
      'plain (redacted)',
    ]);
    expect(lines.filter((line) => line.startsWith('base64'))).toHaveLength(12);
    for (const line of lines.filter((one) => one.startsWith('base64'))) {
      expect(line).toContain('(redacted)');
    }
    const tables = JSON.stringify(await tableTexts(app.app.store, { queue: true }));
    expect(tables.split(mark).length - 1).toBe(0);
    expect(tables).toContain('harmless-value');
    expect(JSON.stringify(app.logged)).not.toContain(mark);
    expect(run.errorMessage).not.toContain(mark);
  });

  test('leaves none in a test of its configuration, nor by the way of a command', async () => {
    await runToEnd(app, 'testPlugin', { environment: 'loud/dev', plugin: 'loud/extractors/tap-loud', env });
    await writeFile(
      join(directory, 'config.json'),
      JSON.stringify({ password: 'zqtell"wo/rd\\é', login_url: '-' }),
    );
    await runToEnd(app, 'runCommand', { environment: 'loud/dev', command: 'loud:once', env });
    expect(JSON.stringify(await tableTexts(app.app.store)).split(mark)).toHaveLength(1);
  });

  test('gets what the caller gave again at a retry', async () => {
    const run = await runToEnd(app, 'runJob', { job: 'loud/dev/job', env });
    const retried = await runToEnd(app, 'retryRun', { run: run.id });
    const lines = (await linesOf(app, retried.id)).map(({ message }) => message);
    // The tap would fail earlier without the variable.
    expect(lines.filter((line) => line === 'plain (redacted)')).toHaveLength(3);
    expect(JSON.stringify(await tableTexts(app.app.store)).split(mark)).toHaveLength(1);
  });
});

test('a queued run that is cancelled leaves no secret, and its retry has it again', async () => {
  const quiet = await startTestApp({ projects: [{ name: 'loud', directory }] });
  try {
    const { id } = await ask(quiet, 'runJob', { job: 'loud/dev/job', env });
    await call(quiet, 'cancelRun', { run: id }, 'run { id }');
    await runEnded(quiet, id);
    const stored = async (): Promise<string> =>
      JSON.stringify((await tableTexts(quiet.app.store))['public."Run"']);
    expect(await stored()).not.toContain(mark);
    await ask(quiet, 'retryRun', { run: id });
    expect((await stored()).split(mark)).toHaveLength(3);
  } finally {
    await quiet.stop();
  }
});

test('a gateway with another key refuses the retry and says what to do', async () => {
  const first = await startTestApp({ projects: [{ name: 'loud', directory }] });
  const { id } = await ask(first, 'runJob', { job: 'loud/dev/job', env });
  await call(first, 'cancelRun', { run: id }, 'run { id }');
  const row = await first.app.store.prisma.run.findFirst({ select: { env: true } });
  await first.stop();
  const other = await startTestApp({ projects: [{ name: 'loud', directory }] });
  try {
    const run = await ask(other, 'runJob', { job: 'loud/dev/job', env });
    await call(other, 'cancelRun', { run: run.id }, 'run { id }');
    await other.app.store.prisma.run.updateMany({ data: { env: row?.env ?? [] } });
    expect(await refused(other, 'retryRun', { run: run.id })).toMatchObject({
      __typename: 'Conflict',
      path: ['input', 'run'],
      message: expect.stringMatching(/^The values of .*GIVEN_TOKEN.* encrypted .*secret\.key/) as string,
    });
  } finally {
    await other.stop();
  }
});
