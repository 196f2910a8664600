import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { describeWithMeltano, meltano } from '../../kit/meltano/meltano.ts';
import { ask, runEnded, runToEnd } from '../../kit/verbs/runs.ts';

// More than fits into a pipe, so that Meltano still writes when its reader is gone.
const tap = `#!/usr/bin/env python3
import json
print(json.dumps({"type": "SCHEMA", "stream": "a", "schema": {"type": "object"}, "key_properties": []}))
for number in range(20000):
    print(json.dumps({"type": "RECORD", "stream": "a", "record": {"id": number}}))
`;

const dies = `#!/usr/bin/env python3
def connect():
    raise ConnectionError("no route to the host")
try:
    connect()
except ConnectionError as error:
    raise RuntimeError("db.example: connection refused") from error
`;

const quiet = `#!/usr/bin/env python3
import sys
print("the disk is full", file=sys.stderr)
sys.exit(9)
`;

const done = `#!/usr/bin/env python3
print("done")
`;

const manifest = `default_environment: dev
project_id: 00000000-0000-4000-8000-000000000007
send_anonymous_usage_stats: false
environments: [{ name: dev }]
plugins:
  extractors: [{ name: tap-many, namespace: tap_many, executable: bin/tap.py }]
  loaders:
    - { name: target-dies, namespace: target_dies, executable: bin/dies.py }
    - { name: target-quiet, namespace: target_quiet, executable: bin/quiet.py }
  utilities: [{ name: shell, namespace: shell, executable: bin/done.py, commands: { once: done } }]
`;

let directory: string;
let app: TestApp;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dying-'));
  await mkdir(join(directory, 'bin'));
  await writeFile(join(directory, 'meltano.yml'), manifest);
  for (const [name, text] of Object.entries({ tap, dies, quiet, done })) {
    await writeFile(join(directory, 'bin', `${name}.py`), text);
    await chmod(join(directory, 'bin', `${name}.py`), 0o755);
  }
  app = await startTestApp({
    projects: [{ name: 'dying', directory }],
    meltano: meltano ?? '/nonexistent/meltano',
    slots: 1,
  });
});
afterAll(async () => {
  await app.stop();
  await rm(directory, { recursive: true, force: true });
});

describeWithMeltano('a loader that dies at once', () => {
  test.each([
    ['target-dies', 'db.example: connection refused'],
    ['target-quiet', 'the disk is full'],
  ])(
    '%s: its block has failed with its own error, and the run is retried from there',
    async (name, message) => {
      const command = `shell:once tap-many ${name} shell:once`;
      const run = await runToEnd(app, 'runCommand', { environment: 'dying/dev', command });
      expect(run).toMatchObject({ status: 'FAILED', endReason: 'EXITED', errorMessage: message });
      expect(run.blocks.nodes).toMatchObject([
        { status: 'SUCCEEDED', errorMessage: null },
        { status: 'FAILED', errorMessage: message, endedAt: expect.any(String) as string },
        { status: 'ABANDONED', errorMessage: null },
      ]);
      const retried = await ask(app, 'retryRun', { run: run.id, fromFailedBlock: true });
      expect(retried.command).toBe(`tap-many ${name} shell:once`);
      await runEnded(app, retried.id);
    },
  );
});
