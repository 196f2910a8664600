import type { GraphQLResolveInfo } from 'graphql';
import { formerAt } from '../../domain/naming/former-path.ts';
import { nounOf, parseReference, type Reference } from '../../domain/naming/parse-reference.ts';
import { NotFound } from '../../errors.ts';
import type { Sql } from '../../lib/sql.ts';
import type { NamedTable, WantedPath } from '../../store/naming/former-names.ts';
import { filters } from '../../store/reading/filters.ts';
import { isAtPath } from '../../store/reading/paths.ts';
import type { BuilderTypes } from '../builder.ts';
import { noteMoved, type Context } from '../context.ts';
import { findById } from '../find-row.ts';
import { perRequest } from '../per-request.ts';
import { idOrPath, type ReferredType } from './references.ts';

/** The builder of fields that can have arguments. */
interface Fields {
  arg: PothosSchemaTypes.QueryFieldBuilder<BuilderTypes, unknown>['arg'];
}

/** The objects that once had paths that no object has now. */
const formerId = perRequest<WantedPath, string | null>(
  async (context, paths) => {
    const found = await formerAt(context.store, paths);
    return found.map((former) => {
      if (former === null) return null;
      noteMoved(context, former.moved);
      return former.id;
    });
  },
  ({ type, names }) => `${type} ${names.join('/')}`,
);

/** The id of the object that once had a path; null when there is none. */
export function findFormerId(
  context: Context,
  type: NamedTable,
  names: readonly string[],
): Promise<string | null> {
  return formerId(context, { type, names });
}

/** Finds what once had a path that no object has now. Webhooks are only found by former paths of their projects. */
async function findFormer(
  context: Context,
  info: GraphQLResolveInfo,
  type: ReferredType,
  names: readonly string[],
): Promise<object | null> {
  const { store } = context;
  if (type === 'Webhook') {
    const projectId = await findFormerId(context, 'Project', names.slice(0, 1));
    const webhook = projectId === null ? null : await store.webhooks.byName(projectId, names[1] ?? '');
    return webhook && findById(context, info, type, webhook.id);
  }
  const id = await findFormerId(context, type === 'Run' ? 'Job' : type, names);
  if (id === null) return null;
  if (type !== 'Run') return findById(context, info, type, id);
  const run = await store.runs.newestOfJob(id);
  return run && findById(context, info, type, run.id);
}

/** Reads a reference; null when it can be none. The path of a run is that of its job. */
export function readReference(type: ReferredType, text: string): Reference | null {
  try {
    return parseReference(type === 'Run' && text.includes('/') ? 'Job' : type, text, []);
  } catch (error) {
    if (error instanceof NotFound) return null;
    throw error;
  }
}

function conditionOf(type: ReferredType, text: string): Sql {
  const reference = readReference(type, text);
  if (reference === null) return filters.nothing;
  return 'id' in reference ? filters.equals('id', reference.id) : isAtPath(type, reference.names);
}

/** Options of `t.readOneOf` that find one of all objects of a type by its id or its path. */
export function byReference(t: Fields, type: ReferredType) {
  return {
    description: `The ${nounOf(type)} with that id or path; null when there is none, or when it was deleted.`,
    args: { ref: t.arg.id({ required: true, description: idOrPath(type) }) },
    where: ({ ref }: { ref: string }) => conditionOf(type, ref),
    otherwise: async (
      _parentId: string | null,
      { ref }: { ref: string },
      context: Context,
      info: GraphQLResolveInfo,
    ): Promise<object | null> => {
      const reference = readReference(type, ref);
      if (reference === null || 'id' in reference) return null;
      return findFormer(context, info, type, reference.names);
    },
  };
}
