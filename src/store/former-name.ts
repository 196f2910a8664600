import type { Prisma } from './generated/client.ts';
import { join, raw, sql, type Sql } from './sql.ts';

/** The tables whose rows are reached by paths. */
export type NamedTable = 'Project' | 'Environment' | 'Job' | 'Schedule' | 'Service' | 'State';

/** A name in its place. */
export interface NameInPlace {
  type: NamedTable;
  /** Id of the project or the environment that it stands in; null for a project's own name. */
  parentId: string | null;
  name: string;
}

/** A name that an object had. */
export type FormerName = NameInPlace & { id: string };

/** Where a path leads that has a former name in it. */
export interface FormerPath {
  id: string;
  /** The parts of the object's present path. */
  names: string[];
  /** When the first of the path's former names was given up. */
  movedAt: Date;
}

/** The parent of projects: the column is part of a key, and cannot be null. */
const nil = '00000000-0000-0000-0000-000000000000';

/** How the rows of a table are found: the row is `t`, with `e` and `p` above it. */
interface Kind {
  /** What a name of it stands in: SQL of the parent's id, of a row of the table called `t` or `later`. */
  parent: (row: Sql) => Sql;
  name: Sql;
  /** The row with all above it that makes its path. */
  from: Sql;
  names: Sql;
  exists: Sql;
  /** The path of what a name stands in, by its id. */
  parentNames: (id: Sql) => Sql;
}

const inEnvironment = (table: 'Job' | 'Schedule' | 'Service' | 'State', name: Sql): Kind => ({
  parent: (row) => sql`${row}."environmentId"`,
  name,
  from: sql`${raw(`"${table}"`)} AS t JOIN "Environment" AS e ON e.id = t."environmentId" JOIN "Project" AS p ON p.id = e."projectId"`,
  names: sql`ARRAY[p.name, e.name, t.${name}]`,
  exists: sql`p."deleteTime" IS NULL AND e."deleteTime" IS NULL AND t."deleteTime" IS NULL`,
  parentNames: (id) =>
    sql`(SELECT ARRAY[p.name, e.name] FROM "Environment" AS e JOIN "Project" AS p ON p.id = e."projectId" WHERE e.id = ${id})`,
});

const kinds: Record<NamedTable, Kind> = {
  Project: {
    parent: () => sql`${nil}::uuid`,
    name: sql`name`,
    from: sql`"Project" AS t`,
    names: sql`ARRAY[t.name]`,
    exists: sql`t."deleteTime" IS NULL`,
    parentNames: () => sql`'{}'::text[]`,
  },
  Environment: {
    parent: (row) => sql`${row}."projectId"`,
    name: sql`name`,
    from: sql`"Environment" AS t JOIN "Project" AS p ON p.id = t."projectId"`,
    names: sql`ARRAY[p.name, t.name]`,
    exists: sql`p."deleteTime" IS NULL AND t."deleteTime" IS NULL`,
    parentNames: (id) => sql`(SELECT ARRAY[p.name] FROM "Project" AS p WHERE p.id = ${id})`,
  },
  Job: inEnvironment('Job', sql`name`),
  Schedule: inEnvironment('Schedule', sql`name`),
  Service: inEnvironment('Service', sql`name`),
  State: inEnvironment('State', sql`"stateId"`),
};

/** How the rows of a table, as `t`, are read with all that their path is made of, and the parts of that. */
export function inPlaceOf(type: NamedTable): Pick<Kind, 'from' | 'names'> {
  return kinds[type];
}

/** Statements on names that objects had before. */
export function formerNameStatements(db: Prisma.TransactionClient) {
  return {
    /** Remembers the names that objects have given up; who had one of them before is not found by it any more. */
    rememberNames: async (former: readonly FormerName[], movedAt: Date): Promise<void> => {
      if (former.length === 0) return;
      const rows = former.map(({ parentId, ...row }) => ({ ...row, parentId: parentId ?? nil }));
      await db.$executeRaw(
        sql`INSERT INTO "FormerName" (type, "parentId", name, "objectId", "movedAt")
            SELECT type, "parentId", name, id, ${movedAt}::timestamptz
            FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS f (type text, "parentId" uuid, name text, id uuid)
            ORDER BY type, "parentId", name
            ON CONFLICT (type, "parentId", name) DO UPDATE SET "objectId" = EXCLUDED."objectId", "movedAt" = EXCLUDED."movedAt"`,
      );
    },

    /**
     * Finds an object by a path, each part of which may be a name that was given up after a time; a name that
     * somebody has now comes first.
     *
     * @returns null when there is none, or when all of the names are present ones
     */
    formerPath: async (
      type: NamedTable,
      names: readonly string[],
      after: Date,
    ): Promise<FormerPath | null> => {
      const chain = chainTo(type);
      const steps = chain.map((step, i) => {
        const parent = i === 0 ? sql`${nil}::uuid` : sql`${raw(`s${i - 1}`)}.id`;
        return sql`LATERAL (${presentOrFormer(step, parent, sql`${names[i]}::text`, after)}) AS ${raw(`s${i}`)}`;
      });
      const moved = join(chain.map((_step, i) => sql`${raw(`s${i}`)}."movedAt"`));
      const [found] = await db.$queryRaw<FormerPath[]>(
        sql`SELECT t.id, t.names, least(${moved}) AS "movedAt" FROM ${join(steps, ' CROSS JOIN ')}
            CROSS JOIN ${inPlace(type, raw(`s${chain.length - 1}`))} WHERE least(${moved}) IS NOT NULL`,
      );
      return found ?? null;
    },

    /** Finds those objects that had one of the names until some time after another; where none has it now. */
    formerObjects: async (
      wanted: readonly NameInPlace[],
      after: Date,
    ): Promise<(FormerPath & { index: number; parentNames: string[] })[]> => {
      if (wanted.length === 0) return [];
      const types = [...new Set(wanted.map(({ type }) => type))];
      const selects = types.map((type) => {
        const { parentNames } = kinds[type];
        const rows = wanted.flatMap(({ parentId, name, ...row }, index) =>
          row.type === type ? [{ index, parentId: parentId ?? nil, name }] : [],
        );
        return sql`SELECT w.index, t.id, t.names, f."movedAt", ${parentNames(sql`w."parentId"`)} AS "parentNames"
          FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS w (index int, "parentId" uuid, name text)
          CROSS JOIN LATERAL (${former(type, sql`w."parentId"`, sql`w.name`, after)}) AS f
          CROSS JOIN ${inPlace(type, sql`f`)}`;
      });
      return db.$queryRaw(join(selects, ' UNION ALL '));
    },

    /** Forgets names that were given up before a time. */
    forgetFormerNames: async (before: Date): Promise<void> => {
      await db.formerName.deleteMany({ where: { movedAt: { lt: before } } });
    },
  };
}

function chainTo(type: NamedTable): NamedTable[] {
  if (type === 'Project') return [type];
  return type === 'Environment' ? ['Project', type] : ['Project', 'Environment', type];
}

/** The present path of the row of an id, as the table `t`. */
function inPlace(type: NamedTable, row: Sql): Sql {
  const { from, names } = kinds[type];
  return sql`LATERAL (SELECT t.id, ${names} AS names FROM ${from} WHERE t.id = ${row}.id) AS t`;
}

/** The object that has a name, or else the one that had it: its id, and until when (null for now). */
function presentOrFormer(type: NamedTable, parent: Sql, name: Sql, after: Date): Sql {
  const { parent: parentOf, name: column } = kinds[type];
  return sql`SELECT id, "movedAt" FROM (
      SELECT t.id, NULL::timestamptz AS "movedAt" FROM ${raw(`"${type}"`)} AS t
      WHERE ${parentOf(sql`t`)} = ${parent} AND t.${column} = ${name} AND t."deleteTime" IS NULL
      UNION ALL ${former(type, parent, name, after)}
    ) AS either ORDER BY "movedAt" DESC NULLS FIRST LIMIT 1`;
}

// Not when somebody else has had the name since: a request to delete that one, sent twice, must not reach the former.
function former(type: NamedTable, parent: Sql, name: Sql, after: Date): Sql {
  const { from, exists, parent: parentOf, name: column } = kinds[type];
  return sql`SELECT t.id, f."movedAt" FROM ${from} JOIN "FormerName" AS f ON f."objectId" = t.id
    WHERE f.type = ${type} AND f."parentId" = ${parent} AND f.name = ${name} AND f."movedAt" > ${after} AND ${exists}
      AND NOT EXISTS (SELECT FROM ${raw(`"${type}"`)} AS later
        WHERE ${parentOf(sql`later`)} = ${parent} AND later.${column} = ${name} AND later."deleteTime" > f."movedAt")`;
}
