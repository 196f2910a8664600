import { expect, test } from 'vitest';
import { parseLine } from '../../src/runner/output/output.ts';
import type { RunToExecute } from '../../src/store/runs/runs.ts';
import { recorderOf } from '../../src/worker/recording/recorder.ts';

const error = "FileNotFoundError: [Errno 2] No such file or directory: '/proc/none'";

const said = (fields: object) => parseLine({ text: JSON.stringify(fields), receivedAt: new Date(0) });
const ofLoader = said({
  ...{ event: error, level: 'info', stdio: 'stderr', string_id: 'target-files', name: 'target-files' },
  ...{ cmd_type: 'loader', _logger: 'x', timestamp: '2026-11-23T12:30:08.604071Z' },
});
const ofMeltano = said({
  ...{ event: 'Connection lost', level: 'error', timestamp: '2026-11-23T12:30:08.604071Z' },
});

test.each([
  ['what its plugin said, when Meltano only found the plugin gone', [ofLoader, ofMeltano], error],
  ['what Meltano said, when the plugin said nothing', [ofMeltano], 'Connection lost'],
])('the error of a run without blocks is %s', async (_what, lines, expected) => {
  const run = { id: 'run', blocks: [] as RunToExecute['blocks'] } as RunToExecute;
  const recorder = recorderOf({ workerId: 'here/1' }, run, { writeLines: () => Promise.resolve() });
  await recorder.record(lines);
  expect(recorder.complaint()).toContain(expected.replace('FileNotFoundError: ', ''));
});
