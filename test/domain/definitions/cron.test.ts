import { Cron } from 'croner';
import fc from 'fast-check';
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

// Each with the change of the clock that it is about.
describe('at changes of the clock', () => {
  test.each<[string, string, string, string, string[]]>([
    ['a gap', '30 2 * * *', 'Europe/Berlin', '2027-03-26T12:00Z', ['27T01:30', '28T01:00', '29T00:30']],
    [
      'a repeated hour',
      '30 2 * * *',
      'Europe/Berlin',
      '2027-10-29T12:00Z',
      ['30T00:30', '31T00:30', '01T01:30'],
    ],
    [
      'every hour over a gap',
      ...(['0 * * * *', 'Europe/Berlin', '2027-03-27T21:30Z'] as const),
      ['27T22:00', '27T23:00', '28T00:00', '28T01:00', '28T02:00', '28T03:00'],
    ],
    [
      'every hour over a repeated one',
      ...(['0 * * * *', 'Europe/Berlin', '2027-10-30T21:30Z'] as const),
      ['30T22:00', '30T23:00', '31T00:00', '31T01:00', '31T02:00', '31T03:00'],
    ],
    ['a step in a gap', '*/15 2 * * *', 'Europe/Berlin', '2027-03-27T12:00Z', ['29T00:00', '29T00:15']],
    [
      'a step in a repeated hour',
      ...(['*/15 2 * * *', 'Europe/Berlin', '2027-10-30T12:00Z'] as const),
      [
        '31T00:00',
        '31T00:15',
        '31T00:30',
        '31T00:45',
        '31T01:00',
        '31T01:15',
        '31T01:30',
        '31T01:45',
        '01T01:00',
      ],
    ],
    [
      'two times that become one',
      '0 2,3 * * *',
      'Europe/Berlin',
      '2027-03-27T12:00Z',
      ['28T01:00', '29T00:00', '29T01:00'],
    ],
    [
      'a gap of half an hour',
      '15 2 * * *',
      'Australia/Lord_Howe',
      '2027-10-01T00:00Z',
      ['01T15:45', '02T15:30', '03T15:15'],
    ],
    [
      'half an hour that is repeated',
      '45 1 * * *',
      'Australia/Lord_Howe',
      '2027-04-03T00:00Z',
      ['03T14:45', '04T15:15'],
    ],
    [
      'a gap at midnight',
      '0 0 * * *',
      'Africa/Cairo',
      '2027-04-28T12:00Z',
      ['28T22:00', '29T22:00', '30T21:00'],
    ],
    [
      'every two hours over a gap at midnight',
      ...(['0 */2 * * *', 'Africa/Cairo', '2027-04-29T18:30Z'] as const),
      ['29T20:00', '29T23:00', '30T01:00'],
    ],
    [
      'a gap at midnight in the south',
      '0 0 * * *',
      'America/Santiago',
      '2027-09-05T00:00Z',
      ['05T04:00', '06T03:00'],
    ],
    [
      'an hour repeated in February',
      '30 2 * * *',
      'Africa/Casablanca',
      '2027-02-06T12:00Z',
      ['07T01:30', '08T02:30'],
    ],
    ['a zone of quarters', '0 6 * * *', 'Asia/Kathmandu', '2027-02-06T12:00Z', ['07T00:15', '08T00:15']],
  ])('%s', (_what, cron, zone, after, expected) => {
    expect(ticks(cron, zone, after, expected.length).map((tick) => tick.slice(8))).toEqual(expected);
  });

  test('in every zone, ticks are those of the library, found in a shorter way', () => {
    const start = Date.parse('2026-01-01T00:00Z');
    fc.assert(
      fc.property(
        fc.constantFrom(
          ...[
            'UTC',
            'Europe/Berlin',
            'Australia/Lord_Howe',
            'Africa/Cairo',
            'America/Santiago',
            'Asia/Beirut',
          ],
          ...['America/St_Johns', 'America/Havana', 'Africa/Casablanca', 'Europe/Dublin'],
        ),
        fc.constantFrom(
          ...[
            '*/15 2 * * *',
            '30 2 * * *',
            '0 0 * * *',
            '0 2,3 * * *',
            '*/20 * 1-7 * *',
            '5 4 L * *',
            '0 0 13 * 5',
          ],
          ...['7 */3 * jan-mar mon-fri', '0,30 0-3 * * 0', '59 23 31 * *', '* * * * *'],
        ),
        fc.integer({ min: 0, max: 2 * 365 * 24 * 3600 }),
        (zone, cron, second) => {
          const after = new Date(start + second * 1000);
          const library = new Cron(cron, { timezone: zone, paused: true, fixedTimeRule: 'no-wildcard' });
          expect(nextTicks(cron, zone, 25, after)).toEqual(library.nextRuns(25, after));
        },
      ),
    );
  });

  test('in every zone, ticks come one after the other', () => {
    const start = Date.parse('2020-01-01T00:00Z');
    fc.assert(
      fc.property(
        fc.constantFrom(...Intl.supportedValuesOf('timeZone').filter((zone) => checkTimeZone(zone) === null)),
        fc.constantFrom(
          '30 2 * * *',
          '0 0 * * *',
          '*/15 1-2 * * *',
          '0 */3 * * *',
          '45 23 * * 0',
          '59 0,1 1 * *',
        ),
        fc.integer({ min: 0, max: 17 * 365 }),
        (zone, cron, day) => {
          const times = nextTicks(cron, zone, 20, new Date(start + day * 24 * 3600 * 1000)).map((tick) =>
            tick.getTime(),
          );
          expect(times).toHaveLength(20);
          expect([...new Set(times)].toSorted((a, b) => a - b)).toEqual(times);
        },
      ),
    );
  });
});

describe('rare and strange expressions', () => {
  test.each<[string, string, string[]]>([
    ['0 9 29 2 *', '2027-01-01T00:00Z', ['2028-02-29T09:00', '2032-02-29T09:00']],
    [
      '0 0 31 * *',
      '2027-01-15T00:00Z',
      ['2027-01-31T00:00', '2027-03-31T00:00', '2027-05-31T00:00', '2027-07-31T00:00'],
    ],
    [
      '0 0 13 * 5',
      '2026-11-01T00:00Z',
      [
        ...[
          '2026-11-06T00:00',
          '2026-11-13T00:00',
          '2026-11-20T00:00',
          '2026-11-27T00:00',
          '2026-12-04T00:00',
        ],
        ...['2026-12-11T00:00', '2026-12-13T00:00', '2026-12-18T00:00', '2026-12-25T00:00'],
      ],
    ],
    ['0 8 * * 7', '2027-01-01T00:00Z', ['2027-01-03T08:00', '2027-01-10T08:00']],
    ['0 8 * * SUN', '2027-01-01T00:00Z', ['2027-01-03T08:00', '2027-01-10T08:00']],
    ['0 8 * * 0', '2027-01-01T00:00Z', ['2027-01-03T08:00', '2027-01-10T08:00']],
    [
      '0 8 * * FRI-MON',
      '2027-01-01T00:00Z',
      ['2027-01-01T08:00', '2027-01-02T08:00', '2027-01-03T08:00', '2027-01-04T08:00', '2027-01-08T08:00'],
    ],
    ['0 0 L * *', '2027-01-01T00:00Z', ['2027-01-31T00:00', '2027-02-28T00:00']],
    ['0 0 ? * 1', '2027-01-01T00:00Z', ['2027-01-04T00:00', '2027-01-11T00:00']],
    ['0 0 1 jul *', '2027-01-01T00:00Z', ['2027-07-01T00:00']],
  ])('%s', (cron, after, expected) => {
    expect(checkInterval(cron)).toBeNull();
    expect(ticks(cron, 'UTC', after, expected.length)).toEqual(expected);
  });

  test.each<[string, string]>([
    ['1,99 * * * *', '"1,99 * * * *" is not a cron expression: Invalid value for minute.'],
    ['0 0 1W * *', '"0 0 1W * *" has `W` in the day of month ("1W")'],
    ['0 0 * * 5#2', '"0 0 * * 5#2" has `#` in the day of week ("5#2")'],
    ['0 0 * * 5L', '"0 0 * * 5L" has `L` in the day of week ("5L")'],
    ['0 ? * * *', '"0 ? * * *" has `?` in the hour ("?")'],
    ['0 12 */2 * 1', '"0 12 */2 * 1" has a step of all days together with other days'],
    ['0 0 30 2 *', '"0 0 30 2 *" never comes due: there is no such date.'],
    ['0 0 0 * * *', '"0 0 0 * * *" has not five fields'],
    ['@reboot', '"@reboot" is none of the aliases'],
  ])('%s is refused', (cron, complaint) => {
    expect(checkInterval(cron)?.slice(0, complaint.length)).toBe(complaint);
    expect(nextTicks(cron, 'UTC', 1)).toEqual([]);
  });
});
