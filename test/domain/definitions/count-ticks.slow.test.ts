import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countTicks } from '../../../src/domain/definitions/count-ticks.ts';
import { newestTicks, nextTicks } from '../../../src/domain/definitions/cron.ts';

const zones = [
  ...['UTC', 'Europe/Berlin', 'Australia/Lord_Howe', 'Africa/Cairo', 'America/Santiago'],
  ...['Asia/Kathmandu', 'Africa/Casablanca', 'America/St_Johns', 'Pacific/Apia'],
];
const crons = [
  ...['*/15 2 * * *', '30 2 * * *', '0 * * * *', '0 0 * * *', '0 2,3 * * *', '*/20 * 1-7 * *', '5 4 L * *'],
  ...['0 0 13 * 5', '7 */3 * jan-mar mon-fri', '0 8 * * FRI-MON', '* 1-3 * * *', '0,30 0-3 * * 0'],
];
const start = Date.parse('2026-01-01T00:00Z');
const minutesOfYears = 2 * 365 * 24 * 60;

const arbitrary = {
  cron: fc.constantFrom(...crons),
  zone: fc.constantFrom(...zones),
  from: fc.integer({ min: 0, max: minutesOfYears }).map((minutes) => new Date(start + minutes * 60_000)),
};

describe('in any zone, from any minute on', () => {
  test('as many ticks are counted as are listed', () => {
    fc.assert(
      fc.property(fc.record(arbitrary), ({ cron, zone, from }) => {
        const ticks = nextTicks(cron, zone, 60, new Date(from.getTime() - 1));
        expect(countTicks(cron, zone, from, ticks.at(-1) ?? from)).toBe(ticks.length);
      }),
    );
  });

  test('the newest ticks are the last of those that come', () => {
    fc.assert(
      fc.property(fc.record(arbitrary), ({ cron, zone, from }) => {
        const ticks = nextTicks(cron, zone, 30, from);
        expect(newestTicks(cron, zone, 5, ticks.at(-1) ?? from)).toEqual(ticks.slice(-5));
      }),
    );
  });
});

test('a year of minutes', () => {
  const year = [new Date('2026-01-01T00:00Z'), new Date('2026-12-31T23:59Z')] as const;
  expect(countTicks('* * * * *', 'Europe/Berlin', ...year)).toBe(365 * 24 * 60);
  expect(countTicks('0 0 1 1 *', 'UTC', ...year)).toBe(1);
});

test('a month by its name', () => {
  const year = [new Date('2026-01-01T00:00Z'), new Date('2026-12-31T23:59Z')] as const;
  const months = ['jan', 'FEB', 'Mar', 'apr', 'MAY', 'jun', 'JUL', 'aug', 'SEP', 'oct', 'NOV', 'dec'];
  const days = months.map((month) => countTicks(`0 0 * ${month} *`, 'UTC', ...year));
  expect(days).toEqual([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]);
});
