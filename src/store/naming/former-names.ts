import type { Prisma } from '../generated/client.ts';
import { ago, join, now, raw, sql, type Sql } from '../../lib/sql.ts';
import { isImportedTable, notPurged } from '../lifecycle/row-origin.ts';
import { hasPluginPart, pluginPart } from './plugin-names.ts';

/** The tables whose rows have a path. */
export type NamedTable = 'Project' | 'Environment' | 'Plugin' | 'Job' | 'Schedule' | 'Service' | 'State';

/** A name in a project, in an environment, or of a project. */
export interface ScopedName {
  type: NamedTable;
  /** Id of the project or environment that it is in; null for the name of a project. */
  parentId: string | null;
  /** The last part of the path: for a plugin with its type, `extractors/tap-csv`. */
  name: string;
}

/** A path that an object may have had before. */
export interface WantedPath {
  type: NamedTable;
  names: readonly string[];
}

/** A name that an object had before. */
export type FormerName = ScopedName & { id: string };

/** The object that a former path leads to. */
export interface FormerPath {
  id: string;
  /** The parts of the object's current path. */
  names: string[];
  /** When the path became a former path: the earliest change of one of its names. */
  movedAt: Date;
}

/** The parent id of projects: the column is part of a key, and cannot be null. */
const nil = '00000000-0000-0000-0000-000000000000';

/** SQL that finds rows of a table. The row's alias is `t`; its parents are `e` and `p`. */
interface Kind {
  /** SQL of the parent's id. The argument is the row's alias. */
  parent: (row: Sql) => Sql;
  /** SQL that says whether a row has a name. */
  hasName: (row: Sql, name: Sql) => Sql;
  /** The FROM clause: the row and its parents. */
  from: Sql;
  names: Sql;
  exists: Sql;
  /** SQL of the parent's path, by the parent's id. */
  parentNames: (id: Sql) => Sql;
}

const inEnvironment = (table: 'Job' | 'Schedule' | 'Service' | 'State', name: Sql): Kind => ({
  parent: (row) => sql`${row}."environmentId"`,
  hasName: (row, wanted) => sql`${row}.${name} = ${wanted}`,
  from: sql`${raw(`"${table}"`)} AS t JOIN "Environment" AS e ON e.id = t."environmentId" JOIN "Project" AS p ON p.id = e."projectId"`,
  names: sql`ARRAY[p.name, e.name, t.${name}]`,
  exists: sql`p."deletedAt" IS NULL AND e."deletedAt" IS NULL AND t."deletedAt" IS NULL`,
  parentNames: (id) =>
    sql`(SELECT ARRAY[p.name, e.name] FROM "Environment" AS e JOIN "Project" AS p ON p.id = e."projectId" WHERE e.id = ${id})`,
});

const inProject = (table: 'Environment' | 'Plugin', naming: Pick<Kind, 'hasName'> & { part: Sql }): Kind => ({
  parent: (row) => sql`${row}."projectId"`,
  hasName: naming.hasName,
  from: sql`${raw(`"${table}"`)} AS t JOIN "Project" AS p ON p.id = t."projectId"`,
  names: sql`ARRAY[p.name, ${naming.part}]`,
  exists: sql`p."deletedAt" IS NULL AND t."deletedAt" IS NULL`,
  parentNames: (id) => sql`(SELECT ARRAY[p.name] FROM "Project" AS p WHERE p.id = ${id})`,
});

const hasOwnName = (row: Sql, name: Sql): Sql => sql`${row}.name = ${name}`;

const kinds: Record<NamedTable, Kind> = {
  Project: {
    parent: () => sql`${nil}::uuid`,
    hasName: hasOwnName,
    from: sql`"Project" AS t`,
    names: sql`ARRAY[t.name]`,
    exists: sql`t."deletedAt" IS NULL`,
    parentNames: () => sql`'{}'::text[]`,
  },
  Environment: inProject('Environment', { hasName: hasOwnName, part: sql`t.name` }),
  Plugin: inProject('Plugin', { hasName: hasPluginPart, part: pluginPart(sql`t`) }),
  Job: inEnvironment('Job', sql`name`),
  Schedule: inEnvironment('Schedule', sql`name`),
  Service: inEnvironment('Service', sql`name`),
  State: inEnvironment('State', sql`"stateId"`),
};

/** SQL to read rows of a table, with the alias `t`, together with the parts of their paths. */
export function pathSqlOf(type: NamedTable): Pick<Kind, 'from' | 'names'> {
  return kinds[type];
}

/** Called when a former path was used. */
export type OnFormerPath = (names: readonly string[], found: FormerPath) => void;

/** Statements on names that objects had before. */
export function formerNameStatements(db: Prisma.TransactionClient, onFormerPath?: OnFormerPath) {
  return {
    /** Stores former names of objects. Each name then leads to the object that had it last. */
    remember: async (former: readonly FormerName[]): Promise<void> => {
      if (former.length === 0) return;
      const rows = former.map(({ parentId, ...row }) => ({ ...row, parentId: parentId ?? nil }));
      await db.$executeRaw(
        sql`INSERT INTO "FormerName" (type, "parentId", name, "objectId", "movedAt")
            SELECT type, "parentId", name, id, ${now}
            FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS f (type text, "parentId" uuid, name text, id uuid)
            ORDER BY type, "parentId", name
            ON CONFLICT (type, "parentId", name) DO UPDATE SET "objectId" = EXCLUDED."objectId", "movedAt" = EXCLUDED."movedAt"`,
      );
    },

    /**
     * Finds objects by paths with former names that were given up at most some milliseconds ago. A current name comes
     * before a former one.
     *
     * @returns only those that exist, and only where a former name is needed
     */
    pathsOf: async (
      wanted: readonly WantedPath[],
      withinMs: number,
    ): Promise<(FormerPath & { index: number })[]> => {
      if (wanted.length === 0) return [];
      const selects = wanted.map(({ type, names }, index) => {
        const chain = chainTo(type);
        const steps = chain.map((step, i) => {
          const parent = i === 0 ? sql`${nil}::uuid` : sql`${raw(`s${i - 1}`)}.id`;
          return sql`LATERAL (${presentOrFormer(step, parent, sql`${names[i]}::text`, withinMs)}) AS ${raw(`s${i}`)}`;
        });
        const moved = join(chain.map((_step, i) => sql`${raw(`s${i}`)}."movedAt"`));
        return sql`SELECT ${index}::int AS index, t.id, t.names, least(${moved}) AS "movedAt"
          FROM ${join(steps, ' CROSS JOIN ')} CROSS JOIN ${currentPath(type, raw(`s${chain.length - 1}`))}
          WHERE least(${moved}) IS NOT NULL`;
      });
      const found = await db.$queryRaw<(FormerPath & { index: number })[]>(join(selects, ' UNION ALL '));
      for (const path of found) onFormerPath?.(wanted[path.index]?.names ?? [], path);
      return found;
    },

    /**
     * Finds the objects that had one of the names until at most some milliseconds ago. Objects that have such a name now are
     * not considered.
     */
    objectsOf: async (
      wanted: readonly ScopedName[],
      withinMs: number,
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
          CROSS JOIN LATERAL (${former(type, sql`w."parentId"`, sql`w.name`, withinMs)}) AS f
          CROSS JOIN ${currentPath(type, sql`f`)}`;
      });
      return db.$queryRaw(join(selects, ' UNION ALL '));
    },

    /** Removes names that were given up longer ago than some milliseconds. */
    forget: async (ms: number): Promise<void> => {
      await db.$executeRaw(sql`DELETE FROM "FormerName" WHERE "movedAt" < ${ago(ms)}`);
    },
  };
}

function chainTo(type: NamedTable): NamedTable[] {
  if (type === 'Project') return [type];
  return type === 'Environment' || type === 'Plugin' ? ['Project', type] : ['Project', 'Environment', type];
}

/** The current path of a row, by its id, as the table `t`. */
function currentPath(type: NamedTable, row: Sql): Sql {
  const { from, names } = kinds[type];
  return sql`LATERAL (SELECT t.id, ${names} AS names FROM ${from} WHERE t.id = ${row}.id) AS t`;
}

/** The object that has a name, or else the last one that had it: its id, and until when (null for now). */
function presentOrFormer(type: NamedTable, parent: Sql, name: Sql, withinMs: number): Sql {
  const { parent: parentOf, hasName } = kinds[type];
  return sql`SELECT id, "movedAt" FROM (
      SELECT t.id, NULL::timestamptz AS "movedAt" FROM ${raw(`"${type}"`)} AS t
      WHERE ${parentOf(sql`t`)} = ${parent} AND ${hasName(sql`t`, name)} AND t."deletedAt" IS NULL
      UNION ALL ${former(type, parent, name, withinMs)}
    ) AS either ORDER BY "movedAt" DESC NULLS FIRST LIMIT 1`;
}

// Finds nothing when another object had the name later and was deleted. Otherwise a request to delete that
// object, sent twice, would delete this one.
function former(type: NamedTable, parent: Sql, name: Sql, withinMs: number): Sql {
  const { from, exists, parent: parentOf, hasName } = kinds[type];
  // Until that one is removed for good.
  const isThere = isImportedTable(type) ? sql`AND ${notPurged(sql`later`)}` : sql``;
  return sql`SELECT t.id, f."movedAt" FROM ${from} JOIN "FormerName" AS f ON f."objectId" = t.id
    WHERE f.type = ${type} AND f."parentId" = ${parent} AND f.name = ${name} AND f."movedAt" > ${ago(withinMs)} AND ${exists}
      AND NOT EXISTS (SELECT FROM ${raw(`"${type}"`)} AS later
        WHERE ${parentOf(sql`later`)} = ${parent} AND ${hasName(sql`later`, name)} AND later."deletedAt" > f."movedAt"
          ${isThere})`;
}
