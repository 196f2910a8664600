import { expect, test } from 'vitest';
import { hideIn, meltanoEventOf } from '../../../src/runner/output/meltano-event.ts';

test.each<[string, Record<string, unknown>, unknown]>([
  ['Meltano 4, Python 3', {}, { kind: 'MELTANO_STARTED', version: '4' }],
  ['x Meltano 4, Python 3', {}, null],
  ["x Running job with name 'a' and run ID 'b'", {}, null],
  ["Running job with name 'it's' and run ID 'b'", {}, { kind: 'BLOCK_STARTED', stateId: "it's", runId: 'b' }],
  ['Installing 12 plugins', {}, { kind: 'INSTALL_STARTED', plugins: 12 }],
  ['Installing 12 plugins…', {}, null],
  ['x Installing 12 plugins', {}, null],
  ["x Installed extractor 'a'", {}, null],
  ['x Incremental state has been updated at 1', {}, null],
  ['Installation failed', {}, null],
  ['Installation failed', { install_state: 'x' }, null],
  ['other', { install_state: {} }, null],
  ['other', { install_state: null }, null],
  [
    'other',
    { install_state: { plugin_name: 'a', plugin_type: 1, message: 2, details: 3 } },
    { kind: 'PLUGIN_INSTALL_FAILED', plugin: 'a', pluginType: '', message: '', details: null },
  ],
  [
    'Run completed',
    { duration_seconds: Infinity },
    { kind: 'RUN_COMPLETED', success: false, durationSeconds: null },
  ],
  [
    'Block run completed',
    {
      set_number: 'x',
      block_type: 5,
      success: 1,
      err: 1,
      exit_codes: { extractors: 'x', loaders: 2 ** 31, mappers: 1, other: 1 },
      duration_seconds: '1',
    },
    {
      ...{ kind: 'BLOCK_COMPLETED', setNumber: 0, blockType: 'OTHER', success: false, error: null },
      ...{ exitCodes: [], durationSeconds: null },
    },
  ],
  ['Block run completed', { exit_codes: 'x' }, expect.objectContaining({ exitCodes: [] })],
  ['Block run completed', { exit_codes: null }, expect.objectContaining({ exitCodes: [] })],
  ['Block run completed', { exit_codes: [null, 1, { a: 'x' }] }, expect.objectContaining({ exitCodes: [] })],
  [
    'Block run completed',
    { exit_codes: { loaders: -15, extractors: 1 } },
    expect.objectContaining({
      exitCodes: [
        { role: 'EXTRACTOR', plugin: null, exitCode: 1 },
        { role: 'LOADER', plugin: null, exitCode: -15 },
      ],
    }),
  ],
  ['Block run completed', { block_type: 'toString' }, expect.objectContaining({ blockType: 'OTHER' })],
])('the line %s with %j means %j', (event, fields, expected) => {
  expect(meltanoEventOf(event, fields)).toEqual(expected);
});

test('secrets are hidden in the texts of an event', () => {
  const mask = (text: string): string => text.replaceAll('s', '-');
  const failed = {
    kind: 'PLUGIN_INSTALL_FAILED',
    plugin: 's',
    pluginType: 's',
    message: 's',
    details: 's',
  } as const;
  expect(hideIn(failed, mask)).toEqual({ ...failed, message: '-', details: '-' });
  expect(hideIn({ ...failed, details: null }, mask)).toEqual({ ...failed, message: '-', details: null });
  const ended = { kind: 'BLOCK_COMPLETED', setNumber: 0, blockType: 'OTHER', success: false } as const;
  const facts = { error: 's', exitCodes: [], durationSeconds: null };
  expect(hideIn({ ...ended, ...facts }, mask)).toEqual({ ...ended, ...facts, error: '-' });
  const started = { kind: 'BLOCK_STARTED', stateId: 's', runId: 's' } as const;
  expect(hideIn(started, mask)).toBe(started);
});
