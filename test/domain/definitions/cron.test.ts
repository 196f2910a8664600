import { describe, expect, test } from 'vitest';
import { checkTimeZone, nextTicks } from '../../../src/domain/definitions/cron.ts';
import { checkInterval } from '../../../src/manifest/cron.ts';

const ticks = (cron: string, timeZone: string, after: string, count: number): string[] =>
  nextTicks(cron, timeZone, count, new Date(after)).map((date) => date.toISOString().slice(0, 16));

describe('an interval', () => {
  test.each([
    '* * * * *',
    '*/5 0-6,22 1-7 */2 sun',
    '0 0 L * *',
    '0 0 ? * 7',
    ' 0  0 * * * ',
    '0 0 29 2 *',
    '@daily',
  ])('%j is fine', (interval) => {
    expect(checkInterval(interval)).toBeNull();
  });

  test.each([
    '',
    '0',
    '* * * *',
    '* * * * * *',
    '60 * * * *',
    '* * 32 * *',
    '5-1 * * * *',
    '@',
    '@DAILY',
    'x x x x x',
  ])('%j is none, and the reason is a sentence', (interval) => {
    expect(checkInterval(interval)).toMatch(/^".*" (?:is|has) .+\.$/);
  });
});

describe('a time zone', () => {
  test.each(['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'America/Port-au-Prince', 'Etc/GMT-14'])(
    '%s is one',
    (name) => {
      expect(checkTimeZone(name)).toBeNull();
    },
  );

  test.each(['Utc', 'europe/Berlin', 'EUROPE/BERLIN', '+01:00', '-0100', 'Berlin', 'Europe/', 'UTC+1', '\0'])(
    '%j is none',
    (name) => {
      expect(checkTimeZone(name)).toMatch(
        / is not an IANA time zone such as UTC or Europe\/Berlin(?:; write "\S+")?\.$/,
      );
    },
  );
});

describe('the next ticks', () => {
  test('are read in the time zone', () => {
    expect(ticks('30 9 * * *', 'Asia/Kolkata', '2026-01-01T00:00Z', 2)).toEqual([
      ...['2026-01-01T04:00', '2026-01-02T04:00'],
    ]);
  });

  test('come after the time, not at it, and as many as are asked for', () => {
    expect(ticks('0 0 * * *', 'UTC', '2026-01-01T00:00Z', 1)).toEqual(['2026-01-02T00:00']);
    expect(ticks('0 0 * * *', 'UTC', '2026-01-01T00:00Z', 0)).toEqual([]);
    expect(ticks('* * * * *', 'UTC', '2026-01-01T00:00Z', 100)).toHaveLength(100);
  });

  // In Berlin the clocks go from 2:00 to 3:00 on 2026-03-29, and from 3:00 back to 2:00 on 2026-10-25.
  test.each<[string, string, string[]]>([
    [
      'a time that is skipped comes right after the gap',
      '30 2 * * *',
      ['2026-03-29T01:00', '2026-03-30T00:30'],
    ],
    ['one of several times that is skipped, too', '30 2,14 * * *', ['2026-03-29T01:00', '2026-03-29T12:30']],
    ['several times in the gap come once', '0,30 2 * * *', ['2026-03-29T01:00', '2026-03-30T00:00']],
    ['every hour goes on by the hour', '0 * * * *', ['2026-03-29T00:00', '2026-03-29T01:00']],
  ])('in spring: %s', (_what, cron, expected) => {
    expect(ticks(cron, 'Europe/Berlin', '2026-03-28T23:30Z', 2)).toEqual(expected);
  });

  test.each<[string, string, string[]]>([
    ['a time that is repeated comes once', '30 2 * * *', ['2026-10-25T00:30', '2026-10-26T01:30']],
    ['one of several times that is repeated, too', '30 2,14 * * *', ['2026-10-25T00:30', '2026-10-25T13:30']],
    [
      'every hour goes on by the hour',
      '0 * * * *',
      ['2026-10-25T00:00', '2026-10-25T01:00', '2026-10-25T02:00'],
    ],
    [
      'every half hour, too',
      '*/30 * * * *',
      ['2026-10-25T00:00', '2026-10-25T00:30', '2026-10-25T01:00', '2026-10-25T01:30'],
    ],
  ])('in autumn: %s', (_what, cron, expected) => {
    expect(ticks(cron, 'Europe/Berlin', '2026-10-24T23:45Z', expected.length)).toEqual(expected);
  });

  test('are none where there are none, and where the expression cannot be read', () => {
    expect(nextTicks(null, 'UTC', 5)).toEqual([]);
    expect(nextTicks('0 0 30 2 *', 'UTC', 5)).toEqual([]);
    expect(nextTicks('61 * * * *', 'UTC', 5)).toEqual([]);
    expect(nextTicks('0 0 2 * * *', 'UTC', 5)).toEqual([]);
  });
});
