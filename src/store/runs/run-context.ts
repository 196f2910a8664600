import type { Plugin, Run, RunBlock } from '../generated/client.ts';
import type { Statement } from '../../lib/sql.ts';

/**
 * What a new run belongs to, by id or path. With the type `Run`, the new run repeats that run; the path of a
 * job then means the job's newest run.
 */
export interface RunContextReference {
  type: 'Project' | 'Environment' | 'Job' | 'Run';
  reference: { id: string } | { names: readonly string[] };
}

/** What a new run belongs to, with everything that is needed to check the run. */
export interface RunContext {
  /** Stays the same as long as none of the rows changes. */
  version: string;
  project: { id: string; name: string; envNames: string[] };
  /** Null when a project was named. */
  environment: { id: string; name: string; stateIdSuffix: string | null } | null;
  /** Null when no job was named. The job of a repeated run may be in another environment now. */
  job: { id: string; tasks: string[][] } | null;
  /** The run to repeat; null when no run was named. */
  run: RepeatedRun | null;
  /** The project's plugins that are not deleted, with the columns needed to check a run. */
  plugins: ContextPlugin[];
}

/** A run to repeat. */
export type RepeatedRun = Pick<
  Run,
  | 'id'
  | 'kind'
  | 'status'
  | 'attempt'
  | 'command'
  | 'fullRefresh'
  | 'refreshCatalog'
  | 'noStateUpdate'
  | 'stateIdSuffix'
  | 'stateStrategy'
  | 'env'
  | 'timeoutSeconds'
  | 'expiresAfterSeconds'
  | 'labels'
  | 'priority'
  | 'scheduleId'
  | 'ownStateId'
  | 'transform'
  | 'leaseKeys'
  | 'retryPolicy'
> & {
  /** As JSON. */
  scheduledFor: string | null;
  /** In their order. */
  blocks: Pick<RunBlock, 'command' | 'status'>[];
  /** Which of its parents was deleted; null when none was. */
  gone: 'project' | 'environment' | 'job' | null;
};

/** What is needed of a plugin to read block lists and variables. */
export type ContextPlugin = Pick<
  Plugin,
  'id' | 'type' | 'name' | 'namespace' | 'commands' | 'mappings' | 'definition' | 'settings' | 'pipUrl'
>;

/**
 * The statement that selects a run context as JSON.
 *
 * @param withSettings whether the plugins' settings are needed: they are by far the largest part
 */
export function selectRunContext(
  statement: Statement,
  context: RunContextReference,
  withSettings: boolean,
): string {
  return `
    SELECT json_build_object(
      'version', ${versionOf(aliases[context.type])},
      'project', json_build_object('id', p.id, 'name', p.name, 'envNames', p."envNames"),
      'environment', ${parts[context.type].environment},
      'job', ${parts[context.type].job},
      'run', ${parts[context.type].run},
      'plugins', (
        SELECT coalesce(json_agg(json_build_object(
          'id', id, 'type', type, 'name', name, 'namespace', namespace, 'commands', commands, 'mappings', mappings,
          'definition', definition, 'settings', ${settingsFor(context.type, withSettings)}, 'pipUrl', "pipUrl"
        )), '[]') FROM "Plugin" WHERE "projectId" = p.id AND "deletedAt" IS NULL
      )
    ) FROM ${tables[context.type]} WHERE ${present[context.type]} AND ${isNamed(statement, context)}`;
}

/**
 * The statement that selects a row if a run context has not changed since it was read, and then locks its
 * rows. If another transaction is changing a row, it waits and compares the version again. So nobody can
 * move, delete or edit the job between the check of a run and its insertion.
 */
export function lockRunContext(statement: Statement, context: Omit<RunContext, 'plugins'>): string {
  const rows = (['project', 'environment', 'job', 'run'] as const).flatMap((type) => {
    const { [type]: row } = context;
    return row === null ? [] : { ...lockedRows[type], id: `${statement.value(row.id)}::uuid` };
  });
  return `
    SELECT 1 FROM ${rows.map(({ table }) => table).join(' CROSS JOIN ')}
    WHERE ${rows.map(({ alias, id }) => `${alias}.id = ${id}`).join(' AND ')}
      AND ${versionOf(rows.map(({ alias }) => alias))} = ${statement.value(context.version)}::text
    ${rows.map(({ alias, strength }) => `FOR ${strength} OF ${alias}`).join(' ')}`;
}

const environment = `json_build_object('id', e.id, 'name', e.name, 'stateIdSuffix', e."stateIdSuffix")`;
const job = `json_build_object('id', j.id, 'tasks', j.tasks)`;
const runFields = [
  'id',
  'kind',
  'status',
  'attempt',
  'command',
  'fullRefresh',
  'refreshCatalog',
  'noStateUpdate',
  'stateIdSuffix',
  'stateStrategy',
  'env',
  'timeoutSeconds',
  'expiresAfterSeconds',
  'labels',
  'priority',
  'scheduleId',
  'scheduledFor',
  'ownStateId',
  'transform',
  'leaseKeys',
  'retryPolicy',
];
const run = `json_build_object(
  ${runFields.map((field) => `'${field}', r."${field}"`).join(', ')},
  'blocks', (
    SELECT coalesce(json_agg(json_build_object('command', b.command, 'status', b.status) ORDER BY b.position), '[]')
    FROM "RunBlock" AS b WHERE b."runId" = r.id
  ),
  'gone', CASE WHEN p."deletedAt" IS NOT NULL THEN 'project' WHEN e."deletedAt" IS NOT NULL THEN 'environment'
    WHEN j."deletedAt" IS NOT NULL THEN 'job' END
)`;

/** The parts of a run context, for each type. */
const parts: Record<RunContextReference['type'], { environment: string; job: string; run: string }> = {
  Project: { environment: 'NULL', job: 'NULL', run: 'NULL' },
  Environment: { environment, job: 'NULL', run: 'NULL' },
  Job: { environment, job, run: 'NULL' },
  Run: {
    environment: `CASE WHEN e.id IS NOT NULL THEN ${environment} END`,
    job: `CASE WHEN j.id IS NOT NULL THEN ${job} END`,
    run,
  },
};

// A repeated run has its own variables, so only the statement itself can tell whether there are any.
function settingsFor(type: RunContextReference['type'], withSettings: boolean): string {
  if (withSettings) return 'settings';
  return type === 'Run' ? `CASE WHEN r.env = '[]' THEN '[]' ELSE settings END` : `'[]'::json`;
}

const project = '"Project" AS p';
const inProject = `${project} JOIN "Environment" AS e ON e."projectId" = p.id`;
const tables = {
  Project: project,
  Environment: inProject,
  Job: `${inProject} JOIN "Job" AS j ON j."environmentId" = e.id`,
  Run: `"Run" AS r JOIN ${project} ON p.id = r."projectId"
    LEFT JOIN "Environment" AS e ON e.id = r."environmentId" LEFT JOIN "Job" AS j ON j.id = r."jobId"`,
};

const present = {
  Project: 'p."deletedAt" IS NULL',
  Environment: 'p."deletedAt" IS NULL AND e."deletedAt" IS NULL',
  Job: 'p."deletedAt" IS NULL AND e."deletedAt" IS NULL AND j."deletedAt" IS NULL',
  Run: 'true',
};

// Every change of a row changes its `xmin`: the number of the transaction that wrote it. An import that
// changes a plugin also changes its project.
function versionOf(rows: readonly string[]): string {
  return `concat_ws(' ', ${rows.map((alias) => `${alias}.xmin`).join(', ')})`;
}

const aliases = { Project: ['p'], Environment: ['p', 'e'], Job: ['p', 'e', 'j'], Run: ['p', 'e', 'j', 'r'] };

/** The rows that a new run refers to, and how they are locked while it is stored. */
const lockedRows = {
  project: { alias: 'p', table: '"Project" AS p', strength: 'KEY SHARE' },
  environment: { alias: 'e', table: '"Environment" AS e', strength: 'KEY SHARE' },
  job: { alias: 'j', table: '"Job" AS j', strength: 'SHARE' },
  run: { alias: 'r', table: '"Run" AS r', strength: 'KEY SHARE' },
} as const;

function isNamed(statement: Statement, { type, reference }: RunContextReference): string {
  const columns = aliases[type];
  if ('id' in reference) return `${columns.at(-1) ?? ''}.id = ${statement.value(reference.id)}::uuid`;
  if (type === 'Run') {
    return `r.id = (
      SELECT newest.id FROM ${tables.Job} JOIN "Run" AS newest ON newest."jobId" = j.id
      WHERE ${present.Job} AND ${isNamed(statement, { type: 'Job', reference })} ORDER BY newest.id DESC LIMIT 1
    )`;
  }
  return columns
    .map((alias, i) => `${alias}.name = ${statement.value(reference.names[i])}::text`)
    .join(' AND ');
}
