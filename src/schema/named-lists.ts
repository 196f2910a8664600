import type { NamedTable } from '../store/naming/former-names.ts';
import { filters } from '../store/reading/filters.ts';
import { orders } from '../store/reading/orders.ts';
import type { Sql } from '../lib/sql.ts';
import { findEnvironment, findJob, findProject } from '../domain/naming/references.ts';
import type { Statements } from '../store/index.ts';
import type { ListFilter } from '../reading/fields/global-types.ts';
import { builder } from './builder.ts';
import { noting } from '../domain/naming/former-path.ts';
import { noteMoved, type Context } from './context.ts';
import { ifFound } from './found.ts';
import { idOrPath } from './naming/references.ts';
import type { InputFields } from './verb.ts';

/** The ways to order objects that have a name. @param created what their creation time means */
export function namedOrder(type: NamedTable | 'Webhook', created = 'When it was first imported or created.') {
  return builder.readOrder(
    type,
    {
      NAME: { columns: orders.name, description: 'Name.' },
      CREATED_AT: { columns: orders.created, description: created },
    },
    { field: 'NAME', direction: 'ASC' },
  );
}

/**
 * The field of a filter that finds objects by their names.
 *
 * @param what the objects, in the plural
 * @param named how descriptions call a name
 */
export function patternField(t: InputFields, what: string, named = 'name') {
  return t.string({
    description: `${what} whose ${named} matches this pattern. \`*\` stands for any characters, \`?\` for one character. Upper and lower case differ.`,
  });
}

/** The conditions of that field. */
export function patternConditions(pattern: string | null | undefined): Sql[] {
  return pattern == null ? [] : [filters.like('name', pattern)];
}

/** The filter of lists that can be chosen from by name alone. */
export function nameFilter(
  type: NamedTable | 'Webhook',
): ListFilter<{ pattern?: string | null | undefined }> {
  const many = `${type}s`;
  return {
    type: builder.inputType(`${type}Filter`, {
      description: `Which ${many.toLowerCase()} to list.`,
      fields: (t) => ({ pattern: patternField(t, many) }),
    }),
    conditions: ({ pattern }) => ({ where: patternConditions(pattern) }),
  };
}

type Find = (db: Statements, text: string, at: readonly string[]) => Promise<{ id: string }>;

function within(type: 'Project' | 'Environment' | 'Job', find: Find) {
  const which = `${type === 'Environment' ? 'an' : 'a'} ${type.toLowerCase()}`;
  return {
    type,
    description: `${idOrPath(type, `${which}, to list only what is in it`)} Give at most one such argument. The list is null when that does not exist.`,
    find: async (context: Context, text: string): Promise<string | null> => {
      const { db } = noting(context.gateway, (moved) => noteMoved(context, moved));
      return (await ifFound(find(db, text, [])))?.id ?? null;
    },
  };
}

/** Where lists of all projects can be narrowed to. */
export const scopes = {
  project: within('Project', findProject),
  environment: within('Environment', findEnvironment),
  job: within('Job', findJob),
};
