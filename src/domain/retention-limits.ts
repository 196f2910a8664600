import type { InputCheck } from '../errors.ts';

/**
 * For how long what runs leave is kept. Null keeps it for ever. What is not needed any more is removed when one of them says
 * so: its age, the number of newer ones, or the room that they take.
 */
export interface Retention {
  /** Days after its end for which a run is kept. */
  runDays: number | null;
  /** How many runs of each job are kept: the newest ones that have ended. */
  runsPerJob: number | null;
  /** The same of the lines of runs. */
  logDays: number | null;
  logsPerJob: number | null;
  /** How many megabytes of lines a project keeps: those of its newest runs. */
  logMegabytes: number | null;
  /** Days for which a former version of a state is kept. */
  stateVersionDays: number | null;
  /** How many versions of each state are kept: the newest ones. */
  versionsPerState: number | null;
  /** Days for which a tick of a schedule is kept. */
  tickDays: number | null;
  /** How many ticks of each schedule are kept: the newest ones. */
  ticksPerSchedule: number | null;
}

/** Keeps everything. */
export const keepAll: Retention = {
  runDays: null,
  runsPerJob: null,
  logDays: null,
  logsPerJob: null,
  logMegabytes: null,
  stateVersionDays: null,
  versionsPerState: null,
  tickDays: null,
  ticksPerSchedule: null,
};

export const retentionNames = Object.keys(keepAll) as (keyof Retention)[];

/** The highest number of days, and of what is kept of a job, a state or a schedule, or of megabytes. */
export const mostDays = 36_500;
export const mostKept = 100_000;

/** How many that may be at most. */
export function mostOf(name: keyof Retention): number {
  return name.endsWith('Days') ? mostDays : mostKept;
}

/** Notes what is out of range. */
export function checkRetention(check: InputCheck, given: Partial<Retention>): void {
  for (const name of retentionNames) {
    const value = given[name];
    const most = mostOf(name);
    if (value != null && (value < 1 || value > most))
      check.add(`retention.${name}`, 'OUT_OF_RANGE', `It lies between 1 and ${most.toLocaleString('en')}.`);
  }
}

/** The retention that a project's row has of its own; null when it has none. */
export function ownRetention(stored: unknown): Retention | null {
  return stored == null ? null : retentionOf(stored);
}

/** A whole retention: what is not named is kept for ever. */
export function retentionOf(given: Partial<Retention>): Retention {
  const retention = { ...keepAll };
  for (const name of retentionNames) retention[name] = given[name] ?? null;
  return retention;
}
