import { Cron } from 'croner';
import { quoted } from '../../lib/quoted.ts';
import { checkInterval, plainCron, type Complaint } from '../../manifest/cron.ts';
import { dayMs, minuteMs, offsets, readPattern, type Pattern } from './cron-pattern.ts';

/**
 * Checks the name of an IANA time zone, including upper and lower case: other programs that read the schedule
 * may be stricter than JavaScript.
 */
export function checkTimeZone(timeZone: string): Complaint {
  const problem = `${quoted(timeZone)} is not an IANA time zone such as UTC or Europe/Berlin`;
  // Some versions of JavaScript also accept an offset such as `+02:00`.
  if (!/^[A-Za-z]/.test(timeZone)) return `${problem}.`;
  try {
    const { timeZone: known } = new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions();
    const misspelt = known !== timeZone && known.toLowerCase() === timeZone.toLowerCase();
    return misspelt ? `${problem}; write "${known}".` : null;
  } catch {
    return `${problem}.`;
  }
}

/**
 * The next times at which a cron expression is due, at most `count`. Changes of the clock work as in Vixie's
 * cron: a time of day that is skipped is due right after the gap, and a time that is repeated is due once.
 * With `*` or a step in the minutes or hours, elapsed time counts. An expression that is not valid, which can
 * come from a project's file, gives no times.
 */
export function nextTicks(
  cron: string | null,
  timeZone: string,
  count: number,
  after: Date = new Date(),
): Date[] {
  const ticks: Date[] = [];
  if (count === 0) return ticks;
  for (const tick of ticksAfter(cron, timeZone, after.getTime())) {
    ticks.push(new Date(tick));
    if (ticks.length === count) break;
  }
  return ticks;
}

/** All ticks after a time, without an end unless there is no further one. */
function* ticksAfter(cron: string | null, timeZone: string, after: number): Generator<number> {
  const read = patternOf(cron, timeZone);
  if (read === null) return;
  let from = after;
  for (;;) {
    const next = ticksOfNextDay(read, from);
    if (next === null) {
      // Near a change of the clock: the library knows its rules, and takes ten times as long.
      const tick = read.library.nextRun(new Date(from))?.getTime();
      if (tick === undefined || tick <= from) return;
      yield tick;
      from = tick;
    } else {
      if (next.end === null) return;
      yield* next.ticks;
      from = next.end;
    }
  }
}

/** The most days between two ticks: from one 29th of February to the next, over a year like 2100. */
const mostDays = 9 * 366;

/**
 * The ticks after a time on the next day that has any, when no clock changes near that day; null when one does.
 * `end` is the last moment of that day; null when there is no such day.
 */
function ticksOfNextDay(
  { pattern, offsetAt, minutes }: ReadCron,
  from: number,
): { ticks: number[]; end: number | null } | null {
  const offset = offsetAt(from);
  // Only what comes after `from` counts.
  const today = Math.floor((from + 1 + offset) / dayMs) * dayMs;
  let day = today;
  for (let days = 0; !pattern.isOn(day); days += 1, day += dayMs) {
    if (days > mostDays) return { ticks: [], end: null };
  }
  const start = day - offset;
  const own = offsetAt(start - dayMs);
  if (own !== offsetAt(start + 2 * dayMs) || (day === today && own !== offset)) return null;
  const ticks = minutes.map((minute) => day - own + minute * minuteMs).filter((tick) => tick > from);
  return { ticks, end: day + dayMs - own - 1 };
}

/** A cron expression that was read. */
interface ReadCron {
  library: Cron;
  pattern: Pattern;
  /** The minutes of a day at which it is due, in their order. */
  minutes: readonly number[];
  /** How far the clock of the zone is ahead of UTC at a time. */
  offsetAt: (time: number) => number;
}

/**
 * Reads an expression. It is slow to check one, and a process comes upon the same ones again and again.
 *
 * @returns null when it has no times
 */
export function patternOf(cron: string | null, timeZone: string): ReadCron | null {
  if (cron === null) return null;
  const key = `${timeZone} ${cron}`;
  const known = read.get(key);
  if (known !== undefined) return known;
  if (read.size >= mostRead) read.clear();
  const made = readCron(cron, timeZone);
  read.set(key, made);
  return made;
}

const read = new Map<string, ReadCron | null>();
const mostRead = 1000;

function readCron(cron: string, timeZone: string): ReadCron | null {
  if (checkInterval(cron) !== null || checkTimeZone(timeZone) !== null) return null;
  const options = { timezone: timeZone, paused: true, fixedTimeRule: 'no-wildcard' } as const;
  const pattern = readPattern(cron);
  const minutes = [...pattern.hours].flatMap((hour) =>
    [...pattern.minutes].map((minute) => hour * 60 + minute),
  );
  return {
    library: new Cron(plainCron(cron), options),
    pattern,
    minutes: minutes.toSorted((a, b) => a - b),
    offsetAt: offsets(timeZone),
  };
}

/** The newest times at which a cron expression was due, up to a time, the oldest first; at most `count`. */
export function newestTicks(cron: string, timeZone: string, count: number, until: Date): Date[] {
  const end = until.getTime();
  const since = (start: number): Date[] => {
    const ticks: Date[] = [];
    for (const tick of ticksAfter(cron, timeZone, start)) {
      if (tick > end) break;
      ticks.push(new Date(tick));
    }
    return ticks.slice(-count);
  };
  // Twice as far back each time, since nobody knows how often it is due.
  for (let back = count * minuteMs; back < mostDays * dayMs; back *= 2) {
    const ticks = since(end - back);
    if (ticks.length === count) return ticks;
  }
  return since(end - mostDays * dayMs);
}
