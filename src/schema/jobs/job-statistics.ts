import {
  BadWindow,
  defaultWindowDays,
  maxParts,
  maxWindowDays,
  partsOf,
  rollupsOf,
} from '../../domain/jobs/statistics-window.ts';
import { groupBy, once } from '../../lib/grouped.ts';
import { sharedNow } from '../../lib/shared-clock.ts';
import { BadRequest } from '../../reading/fields/bad-request.ts';
import { needs } from '../../reading/selection.ts';
import type { Distribution, RunStatistics } from '../../store/jobs/run-statistics.ts';
import type { Store } from '../../store/index.ts';
import { builder } from '../builder.ts';
import { StatisticsInterval } from '../enums.ts';
import { perRequest } from '../per-request.ts';
import { Job } from './job.ts';

/** Statistics that are asked of a job. */
interface Asked {
  jobId: string;
  /** The bounds of the parts, see `partsOf`. */
  bounds: readonly Date[];
}

/** One of the times between bounds, and what is known of it; null when no run ended then. */
interface Part {
  since: Date;
  before: Date;
  found: RunStatistics | null;
}

/** The most parts of a time, of all jobs together, that one answer lists. */
const maxListed = 10_000;

/** The most rollups that are read for one field of an answer: a bound of the work, not of what is there. */
const maxRollups = 300_000;

const DistributionType = builder.objectRef<Distribution>('Distribution').implement({
  description:
    'How numbers are distributed. Percentiles are at most 2 % off; `count`, `total`, `min`, `max` and `mean` are exact.',
  fields: (t) => ({
    count: t.exposeInt('count', { description: 'How many numbers there are.' }),
    total: t.exposeFloat('total', { description: 'Their sum.' }),
    min: t.exposeFloat('min', { description: 'The smallest.' }),
    max: t.exposeFloat('max', { description: 'The largest.' }),
    mean: t.float({ description: 'Their average.', resolve: ({ total, count }) => total / count }),
    p50: t.exposeFloat('p50', { description: 'The median: half of them are not larger.' }),
    p90: t.exposeFloat('p90', { description: '90 % of them are not larger.' }),
    p95: t.exposeFloat('p95', { description: '95 % of them are not larger.' }),
    p99: t.exposeFloat('p99', { description: '99 % of them are not larger.' }),
  }),
});

const RunStatisticsType = builder.objectRef<Part>('RunStatistics').implement({
  description: 'What the runs add up to that ended within some time.',
  fields: (t) => ({
    endedSince: t.field({
      type: 'DateTime',
      description: 'The start of the time.',
      resolve: ({ since }) => since,
    }),
    endedBefore: t.field({
      type: 'DateTime',
      description: 'The end of the time. Runs that ended at this moment count in the time that follows.',
      resolve: ({ before }) => before,
    }),
    runCount: t.int({ description: 'Runs that ended.', resolve: ({ found }) => endedOf(found) }),
    succeededCount: t.int({
      description: 'Runs that ended as SUCCEEDED.',
      resolve: ({ found }) => found?.succeeded ?? 0,
    }),
    failedCount: t.int({
      description: 'Runs that ended as FAILED.',
      resolve: ({ found }) => found?.failed ?? 0,
    }),
    cancelledCount: t.int({
      description: 'Runs that ended as CANCELLED.',
      resolve: ({ found }) => found?.cancelled ?? 0,
    }),
    timedOutCount: t.int({
      description: 'Runs that ended as TIMED_OUT.',
      resolve: ({ found }) => found?.timedOut ?? 0,
    }),
    lostCount: t.int({ description: 'Runs that ended as LOST.', resolve: ({ found }) => found?.lost ?? 0 }),
    successRate: t.float({
      nullable: true,
      description:
        'The share of runs that succeeded, from 0 to 1. Runs that were cancelled are left out. Null when there are no others.',
      resolve: ({ found }) => {
        const decided = endedOf(found) - (found?.cancelled ?? 0);
        return decided === 0 ? null : (found?.succeeded ?? 0) / decided;
      },
    }),
    durationSeconds: t.field({
      type: DistributionType,
      nullable: true,
      description: 'Time between start and end of the runs that succeeded. Null when none did.',
      resolve: ({ found }) => inSeconds(found?.durations),
    }),
    queuedSeconds: t.field({
      type: DistributionType,
      nullable: true,
      description:
        'Time between request and start of all runs that started. For a run with `runAt`, the time after that. Null when none started.',
      resolve: ({ found }) => inSeconds(found?.queued),
    }),
    records: t.field({
      type: DistributionType,
      nullable: true,
      description:
        'Records of each run that succeeded, as its extractors have counted them, or its loaders where no extractor has. Null when nothing was counted.',
      resolve: ({ found }) => found?.records ?? null,
    }),
  }),
});

function endedOf(found: RunStatistics | null): number {
  if (found === null) return 0;
  const { succeeded, failed, cancelled, timedOut, lost } = found;
  return succeeded + failed + cancelled + timedOut + lost;
}

function inSeconds(found: Distribution | null | undefined): Distribution | null {
  if (!found) return null;
  const { count, total, min, max, p50, p90, p95, p99 } = found;
  const values = { total, min, max, p50, p90, p95, p99 };
  const seconds = Object.entries(values).map(([name, ms]) => [name, ms / 1000] as const);
  return { count, ...(Object.fromEntries(seconds) as typeof values) };
}

/** The statistics of all jobs of an answer of which the same is asked, in one statement. */
const statisticsOf = perRequest<Asked, Part[]>(
  async ({ store }, asked) => {
    const found = new Map<string, Promise<Map<string, RunStatistics> | Error>>();
    for (const [key, same] of groupBy(asked, keyOf)) {
      const jobIds = same.map(({ jobId }) => jobId);
      found.set(key, read(store, jobIds, same[0]?.bounds ?? []));
    }
    return Promise.all(
      asked.map(async (one) => {
        const rows = await found.get(keyOf(one));
        if (!rows || rows instanceof Error) return rows ?? [];
        return one.bounds.slice(1).map((before, i) => ({
          since: one.bounds[i] as Date,
          before,
          found: rows.get(`${one.jobId} ${i + 1}`) ?? null,
        }));
      }),
    );
  },
  (asked) => `${asked.jobId} ${keyOf(asked)}`,
);

async function read(
  store: Store,
  jobIds: readonly string[],
  bounds: readonly Date[],
): Promise<Map<string, RunStatistics> | Error> {
  const ranges = rollupsOf(bounds);
  const lengths = ranges.map(
    ({ minutes, since, before }) => (before.getTime() - since.getTime()) / (minutes * 60_000),
  );
  const rollups = lengths.reduce((sum, length) => sum + length, 0);
  if (jobIds.length * (bounds.length - 1) > maxListed || jobIds.length * rollups > maxRollups) {
    return new BadRequest(
      `There are too many parts of the time for ${jobIds.length} jobs. Ask for fewer jobs, a shorter time, or a longer \`interval\`.`,
      'TOO_MANY',
    );
  }
  const rows = await store.runStatistics.between(jobIds, bounds, ranges);
  return new Map(rows.map((row) => [`${row.jobId} ${row.place}`, row]));
}

const keyOfBounds = once((bounds: readonly Date[]) => bounds.map((bound) => bound.getTime()).join());

/** What two that ask the same have in common. */
const keyOf = ({ bounds }: Asked): string => keyOfBounds(bounds);

const JobStatistics = builder.objectRef<Asked>('JobStatistics').implement({
  description:
    'What the runs of a job add up to. A run counts when it ends, and at the time of its end. It still counts when it is deleted later, and goes with the job when that is moved. Imported runs count, too: they have no `queuedSeconds` and no `records`. Tests of the job do not count.',
  fields: (t) => ({
    total: t.field({
      type: RunStatisticsType,
      description: 'The whole time as one.',
      resolve: async ({ jobId, bounds }, _args, context) => {
        const ends = [bounds[0], bounds.at(-1)] as [Date, Date];
        const [part] = await statisticsOf(context, { jobId, bounds: ends });
        return part ?? { since: ends[0], before: ends[1], found: null };
      },
    }),
    series: t.field({
      type: [RunStatisticsType],
      description: 'The parts of the time, the oldest first. Those in which no run ended are listed, too.',
      extensions: { most: maxParts },
      resolve: (asked, _args, context) => statisticsOf(context, asked),
    }),
  }),
});

builder.prismaObjectField(Job, 'statistics', (t) =>
  t.field({
    type: JobStatistics,
    nullable: true,
    description: `How often its runs succeed, how long they take and wait, and how many records they move. What it costs does not depend on the number of runs. A time of at most ${maxWindowDays} days, widened to whole parts, of which it may have ${maxParts}. Null, beside an error, when the arguments make no sense.`,
    args: {
      endedSince: t.arg({
        type: 'DateTime',
        description: `The start of the time. ${defaultWindowDays} days before its end when absent.`,
      }),
      endedBefore: t.arg({ type: 'DateTime', description: 'The end of the time. Now when absent.' }),
      interval: t.arg({
        type: StatisticsInterval,
        required: true,
        defaultValue: 'DAY',
        description: 'The length of the parts.',
      }),
      timeZone: t.arg.string({
        required: true,
        defaultValue: 'UTC',
        description: 'IANA time zone in which hours, days and weeks begin, such as `Europe/Berlin`.',
      }),
    },
    ...needs('id'),
    resolve: ({ id }, { endedSince: since, endedBefore: before, ...parts }) => {
      try {
        return { jobId: id, bounds: partsOf({ since, before, ...parts }, sharedNow()) };
      } catch (error) {
        if (error instanceof BadWindow) throw new BadRequest(error.message, 'BAD_ARGUMENTS');
        throw error;
      }
    },
  }),
);
