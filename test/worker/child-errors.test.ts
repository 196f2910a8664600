import { expect, test } from 'vitest';
import { parseLine } from '../../src/runner/output/output.ts';
import type { PluginExit } from '../../src/runner/output/meltano-event.ts';
import { childErrors } from '../../src/worker/recording/child-errors.ts';

const block = { extractor: 'tap', loader: 'target' };
const exit = (role: PluginExit['role'], plugin: string | null = null): PluginExit => ({
  ...{ role, plugin, exitCode: 1 },
});
const tapFailed = [exit('EXTRACTOR')];
const targetFailed = [exit('LOADER')];

/** A line of a plugin, as Meltano writes it. */
function line(name: string, event: string, more: object = {}) {
  const text = JSON.stringify({ name, stdio: 'stderr', level: 'info', event, ...more });
  return parseLine({ text, receivedAt: new Date(0) });
}

function errorOf(lines: ReturnType<typeof line>[], exits: readonly PluginExit[]): string | null {
  const errors = childErrors();
  lines.forEach(errors.hear);
  return errors.of(block, exits);
}

test.each<[string, string | null]>([
  ['KeyError: no such key', 'no such key'],
  ['a.b.CustomException: it   broke ', 'it   broke'],
  ["KeyError: 'id'", "KeyError: 'id'"],
  ['KeyError', 'KeyError'],
  ['[ERROR] no access', '[ERROR] no access'],
  ['CRITICAL no access', 'CRITICAL no access'],
  ['FATAL no access', 'FATAL no access'],
  ['error: no access', 'error: no access'],
  ['fatal error: no access', 'fatal error: no access'],
  // Others are only the last line, which is here another one.
  ['ERRORS none', 'last'],
  ['an ERROR here', 'last'],
  ['my KeyError: x y', 'last'],
  ['error code', 'last'],
  ['BrokenPipeError: no reader', 'last'],
  ['ERROR: Broken pipe', 'last'],
])('of a plugin that writes %j, the error is %j', (text, expected) => {
  expect(errorOf([line('tap', text), line('tap', 'last')], tapFailed)).toBe(expected);
});

test('the level of a line makes an error of it', () => {
  for (const level of ['error', 'critical']) {
    expect(errorOf([line('tap', 'bad', { level }), line('tap', 'last')], tapFailed)).toBe('bad');
  }
  const whole = ' while reading, KeyError: a b ';
  expect(errorOf([line('tap', whole, { level: 'error' })], tapFailed)).toBe(whole.trim());
  expect(errorOf([line('tap', 'bad', { level: 'warning' }), line('tap', 'last')], tapFailed)).toBe('last');
});

test('what is no message of a plugin is not heard', () => {
  const lines = [
    line('tap', 'ERROR on stdout', { stdio: 'stdout' }),
    line('tap', ' ', { level: 'error' }),
    line('tap', 'ERROR METRIC: {"type": "counter", "metric": "m", "value": 1}'),
    parseLine({ text: 'Error: of Meltano', receivedAt: new Date(0) }),
  ];
  expect(errorOf(lines, tapFailed)).toBeNull();
});

test('the plugin that failed counts, and else the last error of any', () => {
  const lines = [
    line('target', 'ERROR of target'),
    line('tap', 'ERROR of tap'),
    line('target', 'last of target'),
    line('tap', 'last of tap'),
  ];
  expect(errorOf(lines, tapFailed)).toBe('ERROR of tap');
  expect(errorOf(lines, targetFailed)).toBe('ERROR of target');
  // When both fail, the loader is the cause: it breaks the pipe of the extractor.
  expect(errorOf(lines, [exit('EXTRACTOR'), exit('LOADER')])).toBe('ERROR of target');
  expect(errorOf(lines, [])).toBe('ERROR of target');
  expect(errorOf(lines.slice(1), targetFailed)).toBe('ERROR of tap');
  expect(errorOf(lines.slice(2), tapFailed)).toBe('last of tap');
  expect(errorOf(lines.slice(2), targetFailed)).toBe('last of target');
  expect(errorOf(lines.slice(3), targetFailed)).toBeNull();
  expect(errorOf([], tapFailed)).toBeNull();
});

test('of a mapper that failed, its own error counts', () => {
  const lines = [line('mapper', 'ERROR of mapper'), line('target', 'ERROR of target')];
  expect(errorOf(lines, [exit('MAPPER', 'mapper')])).toBe('ERROR of mapper');
});

test('of a block without plugins, only errors count', () => {
  const errors = childErrors();
  errors.hear(line('tap', 'last'));
  expect(errors.of({ extractor: null, loader: null }, tapFailed)).toBeNull();
  errors.hear(line('tap', 'ERROR x'));
  expect(errors.of({ extractor: null, loader: null }, tapFailed)).toBe('ERROR x');
});

test('another block begins anew', () => {
  const errors = childErrors();
  errors.hear(line('tap', 'ERROR x'));
  errors.forget();
  expect(errors.of(block, tapFailed)).toBeNull();
});

test('a long error is cut', () => {
  expect(errorOf([line('tap', `ERROR ${'x'.repeat(2000)}`)], tapFailed)).toBe(
    `ERROR ${'x'.repeat(994)}… [1006 more characters]`,
  );
});
