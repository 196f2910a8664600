import { BadRequest } from '../../reading/fields/bad-request.ts';
import type { ListFilter } from '../../reading/fields/global-types.ts';
import { filters } from '../../store/reading/filters.ts';
import { facetsOf } from '../../store/reading/run-facets.ts';
import type { Sql } from '../../lib/sql.ts';
import { builder } from '../builder.ts';
import { RunKind, RunStatus, RunTrigger } from '../enums.ts';

const RunFilter = builder.inputType('RunFilter', {
  description:
    'Which runs to list. A run must meet all conditions that are given. A bound of a time or of the duration needs the order that its description names. That order is taken when `orderBy` is absent; with another one, the query is refused.',
  fields: (t) => ({
    statuses: t.field({
      type: [RunStatus],
      description: 'Runs with any of these statuses. All statuses when absent; none when empty.',
    }),
    kinds: t.field({
      type: [RunKind],
      description: 'Runs of any of these kinds. All kinds when absent; none when empty.',
    }),
    triggers: t.field({
      type: [RunTrigger],
      description: 'Runs that any of these asked for. All when absent; none when empty.',
    }),
    minAttempt: t.int({
      description: 'Runs of this attempt or a later one. 2 lists all runs that repeat another.',
    }),
    createdSince: t.field({
      type: 'DateTime',
      description: 'Runs that were requested at this time or later. Order: CREATED_AT.',
    }),
    createdBefore: t.field({
      type: 'DateTime',
      description: 'Runs that were requested before this time. Order: CREATED_AT.',
    }),
    startedSince: t.field({
      type: 'DateTime',
      description: 'Runs that started at this time or later. Order: STARTED_AT.',
    }),
    startedBefore: t.field({
      type: 'DateTime',
      description: 'Runs that started before this time. Order: STARTED_AT.',
    }),
    endedSince: t.field({
      type: 'DateTime',
      description: 'Runs that ended at this time or later. Order: ENDED_AT.',
    }),
    endedBefore: t.field({
      type: 'DateTime',
      description: 'Runs that ended before this time. Order: ENDED_AT.',
    }),
    minDurationSeconds: t.float({
      description: 'Runs that took at least this long, in seconds. Order: DURATION.',
    }),
  }),
});

type Given = Partial<typeof RunFilter.$inferInput>;

/** The bounds that an index serves only together with the order by the same value. */
const bounds = {
  createdSince: { order: 'CREATED_AT', where: filters.createdSince },
  createdBefore: { order: 'CREATED_AT', where: filters.createdBefore },
  startedSince: { order: 'STARTED_AT', where: filters.startedSince },
  startedBefore: { order: 'STARTED_AT', where: filters.startedBefore },
  endedSince: { order: 'ENDED_AT', where: filters.endedSince },
  endedBefore: { order: 'ENDED_AT', where: filters.endedBefore },
  minDurationSeconds: { order: 'DURATION', where: filters.durationAtLeast },
} as const satisfies Partial<Record<keyof Given, { order: string; where: (value: never) => Sql }>>;

type Bound = keyof typeof bounds;

function boundsOf(filter: Given): { name: Bound; order: string; where: Sql }[] {
  return (Object.keys(bounds) as Bound[]).flatMap((name) => {
    const value = filter[name];
    if (value == null) return [];
    const { order, where } = bounds[name];
    return [{ name, order, where: where(value as never) }];
  });
}

/** The filter of lists of runs. Each list has an index for each order, which begins with the facet. */
export const runFilter: ListFilter<typeof RunFilter.$inferInput> = {
  type: RunFilter,
  order: (filter) => {
    const [bound] = boundsOf(filter);
    return bound ? { field: bound.order, direction: 'DESC' } : null;
  },
  conditions: (filter, order) => {
    const given = boundsOf(filter);
    const other = given.find((bound) => bound.order !== order);
    if (other) {
      throw new BadRequest(
        `\`${other.name}\` goes with the order ${other.order}, and the list is ordered by ${order}. Give \`orderBy: {field: ${other.order}, …}\`, or filter by what the list is ordered by.`,
        'BAD_ARGUMENTS',
      );
    }
    const { statuses, kinds, minAttempt } = filter;
    const isRepeated = minAttempt != null && minAttempt > 1;
    const triggers = isRepeated
      ? (filter.triggers ?? (['RETRY'] as const)).filter((trigger) => trigger === 'RETRY')
      : filter.triggers;
    const where = given.map((bound) => bound.where);
    if (isRepeated) where.push(filters.attemptAtLeast(minAttempt));
    if (order === 'CREATED_AT' && kinds == null && triggers == null) {
      return statuses == null ? { where } : { where, choice: filters.statuses('RunStatus', statuses) };
    }
    const onlyEnded = order === 'ENDED_AT' || order === 'DURATION';
    return { where, choice: facetsOf({ statuses, kinds, triggers, onlyEnded }) };
  },
};
