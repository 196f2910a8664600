import type { Relation, Source } from '../../reading/sources.ts';
import { raw, sql, type Sql } from '../../lib/sql.ts';
import type { Prisma } from '../generated/client.ts';
import { notPurged } from '../lifecycle/row-origin.ts';
import { configDigest } from '../plugins/config-digest.ts';
import { byId, fieldsOf, tables, type ModelField } from './tables.ts';

// The relations of the graph. The Prisma schema contains most of them: `relation` reads there which table and
// column has the key. This file contains the others.

const exists = sql`t."deletedAt" IS NULL`;
const hidesDeleted = { where: exists, withDeleted: sql`TRUE` };
const hidesPurged = { where: exists, withDeleted: notPurged(sql`t`) };

/** The conditions of all lists of a table. */
const listed: Partial<Record<Prisma.ModelName, Pick<Source, 'where' | 'withDeleted'>>> = {
  Project: hidesDeleted,
  Environment: hidesPurged,
  Plugin: hidesPurged,
  Job: hidesPurged,
  Schedule: hidesPurged,
  Service: hidesDeleted,
  State: { where: exists },
  Catalog: {
    where: sql`EXISTS (SELECT FROM "Environment" AS e WHERE e.id = t."environmentId" AND e."deletedAt" IS NULL)`,
  },
};

// PostgreSQL assumes that each parent has an equal share of all runs. With few parents it then reads along
// the primary key, which has the right order too, and skips the runs of other parents, however many there
// are. The bounds change nothing in the result. But PostgreSQL estimates that they select few rows (1 in
// 200), so it uses the index that begins with the parent.
function belongsTo(table: string, column: string): Sql {
  const key = raw(`"${column}"`);
  return table === 'Run' ? sql`t.${key} = p.id AND t.${key} BETWEEN p.id AND p.id` : sql`t.${key} = p.id`;
}

// Plugins that have commands whose names begin with `test`. Meltano collects tests by the names of plugins,
// without file bundles. So when several plugins have the same name, only the last one in the order of types
// counts. Source: Meltano `core/validation_service.py`.
const tested = sql`t."deletedAt" IS NULL AND t.type <> 'FILE'
  AND jsonb_path_exists(t.commands, '$[*].name ? (@ starts with "test")') AND NOT EXISTS (
    SELECT FROM "Plugin" AS other WHERE other."projectId" = t."projectId" AND other.name = t.name
      AND other.type > t.type AND other.type <> 'FILE' AND other."deletedAt" IS NULL
  )`;

function many(table: Prisma.ModelName, source: Omit<Source, 'table'>, by: string | null = 'id'): Relation {
  return { source: { table: tables[table], ...listed[table], ...source }, by, nullable: false };
}

// A list of all projects leaves out what lies in deleted ones, which may still be there for some time. `OFFSET 0` keeps
// PostgreSQL from reading all projects and all environments for a page: it looks up those of the page's rows.
const inProject = sql`EXISTS (
  SELECT FROM "Project" AS g WHERE g.id = t."projectId" AND g."deletedAt" IS NULL OFFSET 0
)`;
const inEnvironment = sql`EXISTS (
  SELECT FROM "Environment" AS e JOIN "Project" AS g ON g.id = e."projectId"
  WHERE e.id = t."environmentId" AND e."deletedAt" IS NULL AND g."deletedAt" IS NULL OFFSET 0
)`;
const inExistingEnvironment = sql`(t."environmentId" IS NULL OR ${inEnvironment})`;

/** All rows of a table whose project exists. */
function ofProjects(table: 'Environment' | 'Plugin'): Relation {
  return many(table, { parent: null, where: sql`${exists} AND ${inProject}` }, null);
}

/** All rows of a table whose environment exists. */
function everywhere(table: 'Job' | 'Schedule' | 'Service' | 'State'): Relation {
  const { where = sql`TRUE`, withDeleted } = listed[table] ?? {};
  return many(
    table,
    {
      parent: null,
      where: sql`${where} AND ${inEnvironment}`,
      ...(withDeleted ? { withDeleted: sql`${withDeleted} AND ${inEnvironment}` } : {}),
    },
    null,
  );
}

/** The rows of a table in all environments of a project, merged from those of each environment. */
function ofProject(table: 'Job' | 'Schedule' | 'Service' | 'State'): Relation {
  const values = sql`ARRAY(SELECT e.id FROM "Environment" AS e WHERE e."projectId" = p.id AND e."deletedAt" IS NULL)`;
  return many(table, { parent: sql`TRUE`, choice: { column: 'environmentId', values } });
}

/** Rows whose ids a webhook has. */
function chosen(table: 'Environment' | 'Job', column: 'environmentIds' | 'jobIds'): Relation {
  const values = sql`(SELECT w.${raw(`"${column}"`)} FROM "Webhook" AS w WHERE w.id = p.id)`;
  return many(table, { parent: sql`TRUE`, choice: { column: 'id', values } });
}

/** The relations that are not in the Prisma schema, by their type and name. */
const own = {
  Query: {
    projects: many('Project', { parent: null }, null),
    environments: ofProjects('Environment'),
    plugins: ofProjects('Plugin'),
    runs: many('Run', { parent: null, where: sql`${inProject} AND ${inExistingEnvironment}` }, null),
    jobs: everywhere('Job'),
    schedules: everywhere('Schedule'),
    services: everywhere('Service'),
    states: everywhere('State'),
    workers: many('Worker', { parent: null }, null),
    runLimits: many('RunLimit', { parent: null }, null),
    webhooks: many('Webhook', { parent: null, where: inProject }, null),
    bulkOperations: many('BulkOperation', { parent: null }, null),
    /** The schedules that have a next time. None of them is deleted. */
    upcomingRuns: {
      source: {
        table: tables.Schedule,
        parent: null,
        where: sql`t."nextTickAt" IS NOT NULL AND ${inEnvironment}`,
      },
      by: null,
      nullable: false,
    },
  },
  Project: {
    /** Also installations, which are for all environments. */
    runs: many('Run', { parent: belongsTo('Run', 'projectId'), where: inExistingEnvironment }),
    jobs: ofProject('Job'),
    schedules: ofProject('Schedule'),
    services: ofProject('Service'),
    states: ofProject('State'),
    /** The repository that it comes from. */
    source: {
      source: { table: tables.ProjectSource, parent: belongsTo('ProjectSource', 'projectId') },
      by: 'id',
      nullable: true,
    },
  },
  Environment: {
    /** The plugins of its project that have tests. */
    testedPlugins: many('Plugin', { parent: belongsTo('Plugin', 'projectId'), where: tested }, 'projectId'),
  },
  Job: {
    /** The plugins that its tasks name and that have tests. */
    testedPlugins: many('Plugin', {
      join: sql`JOIN "Job" AS job ON job.id = p.id JOIN "Environment" AS e ON e.id = job."environmentId"`,
      parent: sql`t."projectId" = e."projectId" AND EXISTS (
        SELECT FROM jsonb_array_elements(job.tasks) AS task, jsonb_array_elements_text(task) AS block
        WHERE split_part(block, ':', 1) = t.name OR block = ANY (t.mappings)
      )`,
      where: tested,
    }),
    /** The states of its extract-load pairs in its environment. */
    states: many('State', {
      join: sql`JOIN "Job" AS job ON job.id = p.id`,
      parent: sql`t."environmentId" = job."environmentId"`,
      choice: { column: 'pair', values: sql`job.pairs` },
    }),
  },
  Schedule: {
    /** The jobs that it follows. */
    afterJobs: many('Job', {
      parent: sql`TRUE`,
      choice: {
        column: 'id',
        values: sql`(SELECT s."afterJobIds" FROM "Schedule" AS s WHERE s.id = p.id)`,
      },
    }),
  },
  Run: {
    /** Lines have no foreign key, because it would make storing them slower. */
    logs: many('RunLog', { parent: belongsTo('RunLog', 'runId') }),
    /** The states that it has written. */
    states: many('State', {
      parent: sql`t.id IN (SELECT v."stateRowId" FROM "StateVersion" AS v WHERE v."runId" = p.id)`,
    }),
  },
  Worker: {
    /** The runs that it executes now. */
    runs: many('Run', {
      join: sql`JOIN "Worker" AS w ON w.id = p.id`,
      parent: sql`t."workerId" = w.name AND t."endedAt" IS NULL`,
    }),
  },
  Webhook: {
    /** The environments whose events it is told of. */
    environments: chosen('Environment', 'environmentIds'),
    /** The jobs whose events it is told of. */
    jobs: chosen('Job', 'jobIds'),
    /** They have no foreign key, so that a webhook with very many of them is removed at once. */
    deliveries: many('WebhookDelivery', { parent: belongsTo('WebhookDelivery', 'webhookId') }),
  },
  WebhookDelivery: {
    webhook: many('Webhook', { parent: sql`t.id = p.id` }, 'webhookId'),
  },
  Catalog: {
    /** The catalog itself, if the extractor's configuration has changed since the discovery; else null. */
    stale: {
      source: {
        table: tables.Catalog,
        parent: sql`t.id = p.id AND t."configDigest" IS DISTINCT FROM ${configDigest('t."pluginId"', 't."environmentId"')}`,
      },
      by: 'id',
      nullable: true,
    },
  },
} satisfies Record<string, Record<string, Relation>>;

/** The types of `own`, for the builder of the schema. */
export type OwnRelations = typeof own;

const known = new Map<string, Relation>();

/** The relation of a type, or of `Query`, by its name. @throws Error when there is none */
export function relation(type: string, name: string): Relation {
  const key = `${type}.${name}`;
  // Always the same object for the same relation: reads of it in the same tick then share a statement.
  const found = known.get(key) ?? ownRelation(type, name) ?? modelRelation(type, name);
  known.set(key, found);
  return found;
}

function ownRelation(type: string, name: string): Relation | undefined {
  return (own as Record<string, Record<string, Relation> | undefined>)[type]?.[name];
}

function modelRelation(type: string, name: string): Relation {
  const field = fieldsOf(type).find((one) => one.name === name);
  if (field?.relationName === undefined) throw new Error(`There is no relation ${type}.${name}.`);
  const table = field.type as Prisma.ModelName;
  const key = keyOf(field);
  if (key !== undefined) return { source: byId[table], by: key, nullable: !field.isRequired };
  const inverse = fieldsOf(table).find(
    (one) => one.relationName === field.relationName && keyOf(one) !== undefined,
  );
  return many(table, { parent: belongsTo(table, (inverse && keyOf(inverse)) ?? '') });
}

/** The column of this table that contains the key of a relation; undefined when the other table has it. */
function keyOf({ relationFromFields: [column] = [] }: ModelField): string | undefined {
  return column;
}
