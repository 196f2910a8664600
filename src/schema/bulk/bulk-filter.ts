import type { StoredBulkFilter } from '../../domain/bulk/bulk-filter.ts';
import { builder } from '../builder.ts';
import { RunKind, RunStatus } from '../enums.ts';

type TextName = 'project' | 'environment' | 'job' | 'schedule' | 'pattern' | 'pair' | 'interval' | 'timeZone';
type TimeName = 'createdSince' | 'createdBefore' | 'endedBefore' | 'dueSince' | 'dueBefore';

/** A filter as it was given. The input types say what its fields mean. */
export const BulkFilter = builder.objectRef<StoredBulkFilter>('BulkFilter').implement({
  description: 'The filter of a bulk operation, as it was given. Null stands for a field that was not given.',
  fields: (t) => {
    const reference = (name: TextName, description: string) =>
      t.id({ nullable: true, description, resolve: (filter) => filter[name] ?? null });
    const text = (name: TextName, description: string) =>
      t.string({ nullable: true, description, resolve: (filter) => filter[name] ?? null });
    const time = (name: TimeName, description: string) =>
      t.field({
        type: 'DateTime',
        nullable: true,
        description,
        resolve: (filter) => (filter[name] == null ? null : new Date(filter[name])),
      });
    return {
      ids: t.idList({
        nullable: true,
        description: 'The ids of the objects.',
        resolve: ({ ids }) => ids ?? null,
      }),
      project: reference('project', 'The project to choose from: its id or its path, as it was given.'),
      environment: reference(
        'environment',
        'The environment to choose from: its id or its path, as it was given.',
      ),
      job: reference('job', 'The job to choose from: its id or its path, as it was given.'),
      pattern: text('pattern', 'The pattern of names or state ids.'),
      pair: text('pair', 'The extract-load pair of states.'),
      kinds: t.field({
        type: [RunKind],
        nullable: true,
        description: 'The kinds of runs.',
        resolve: ({ kinds }) => kinds ?? null,
      }),
      statuses: t.field({
        type: [RunStatus],
        nullable: true,
        description: 'The statuses of runs.',
        resolve: ({ statuses }) => statuses ?? null,
      }),
      createdSince: time('createdSince', 'Runs that were requested at this time or later.'),
      createdBefore: time('createdBefore', 'Runs that were requested before this time.'),
      endedBefore: time('endedBefore', 'Runs that ended before this time.'),
      schedule: reference('schedule', 'The schedule of a backfill: its id or its path, as it was given.'),
      interval: text('interval', 'The interval of a backfill of a job.'),
      timeZone: text('timeZone', 'The time zone of that interval.'),
      dueSince: time('dueSince', 'Ticks of a backfill that were due at this time or later.'),
      dueBefore: time('dueBefore', 'Ticks of a backfill that were due before this time.'),
    };
  },
});
