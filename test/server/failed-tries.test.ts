import { expect, test } from 'vitest';
import { FailedTries } from '../../src/server/http/failed-tries.ts';

function triesAt(start: number) {
  const clock = { now: start };
  return { clock, tries: new FailedTries(() => clock.now) };
}

test('after ten wrong tokens an address may try once in two seconds', () => {
  const { clock, tries } = triesAt(1_000_000);
  for (let i = 0; i < 10; i++) {
    expect(tries.waitOf('10.0.0.1')).toBe(0);
    tries.failed('10.0.0.1');
  }
  expect(tries.waitOf('10.0.0.1')).toBe(2);
  clock.now += 2000;
  expect(tries.waitOf('10.0.0.1')).toBe(0);
  tries.failed('10.0.0.1');
  expect(tries.waitOf('10.0.0.1')).toBe(2);
});

test('all is forgiven after twenty seconds, however many there were', () => {
  const { clock, tries } = triesAt(1_000_000);
  for (let i = 0; i < 1000; i++) tries.failed('10.0.0.1');
  clock.now += 20_000;
  for (let i = 0; i < 10; i++) {
    expect(tries.waitOf('10.0.0.1')).toBe(0);
    tries.failed('10.0.0.1');
  }
});

test.each([
  ['2001:db8::1', '2001:db8:0:0:ffff::2', true],
  ['2001:db8:0:1::1', '2001:db8:0:2::1', false],
  ['::ffff:10.0.0.1', '10.0.0.1', true],
  ['::1', '::2', true],
  ['10.0.0.1', '10.0.0.2', false],
])('%s and %s are one client: %s', (one, other, same) => {
  const { tries } = triesAt(1_000_000);
  for (let i = 0; i < 10; i++) tries.failed(one);
  expect(tries.waitOf(other) > 0).toBe(same);
});

test('only so many addresses are remembered, those that tried last', () => {
  const { tries } = triesAt(1_000_000);
  const address = (i: number): string => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;
  const fail = (from: string): void => {
    for (let i = 0; i < 10; i++) tries.failed(from);
  };
  fail(address(0));
  for (let i = 1; i < 10_000; i++) tries.failed(address(i));
  expect(tries.waitOf(address(0))).toBe(2);
  tries.failed(address(10_000));
  expect(tries.waitOf(address(0))).toBe(0);
});
