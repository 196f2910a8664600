import type { Plugin, Run, RunBlock } from './generated/client.ts';
import type { Statement } from './sql.ts';

/**
 * Where a run is to belong, by the id or by the natural path of the place. The place of a run is its own: it is to be
 * repeated, and the path of a job stands for the job's newest one.
 */
export interface PlaceReference {
  type: 'Project' | 'Environment' | 'Job' | 'Run';
  reference: { id: string } | { names: readonly string[] };
}

/** A place as it was read, with what is needed to check a run of it. */
export interface Place {
  /** What tells that the rows of the place have not changed since. */
  version: string;
  project: { id: string; envNames: string[] };
  /** Null when the place is a project. */
  environment: { id: string; name: string; stateIdSuffix: string | null } | null;
  /** Null when the place is not a job. That of a run may be in another environment by now. */
  job: { id: string; tasks: string[][] } | null;
  /** Null when the place is not a run. */
  run: RepeatedRun | null;
  /** The project's plugins that are not deleted: enough of each to read a block list. */
  plugins: PlacePlugin[];
}

/** A run that is to be repeated. */
export type RepeatedRun = Pick<
  Run,
  | ('id' | 'kind' | 'status' | 'attempt' | 'command' | 'fullRefresh' | 'refreshCatalog' | 'noStateUpdate')
  | ('stateIdSuffix' | 'stateStrategy' | 'env' | 'timeoutSeconds')
> & {
  /** In their order. */
  blocks: Pick<RunBlock, 'command' | 'status'>[];
  /** What of its place was deleted; null when all of it is there. */
  gone: 'project' | 'environment' | 'job' | null;
};

/** A plugin as far as block lists and variables are concerned. */
export type PlacePlugin = Pick<
  Plugin,
  'id' | 'type' | 'name' | 'namespace' | 'commands' | 'mappings' | 'definition' | 'settings' | 'pipUrl'
>;

/**
 * The statement that selects a place as JSON.
 *
 * @param withSettings whether the plugins' settings are needed: they are by far the largest part
 */
export function selectPlace(statement: Statement, place: PlaceReference, withSettings: boolean): string {
  return `
    SELECT json_build_object(
      'version', ${versionOf(aliases[place.type])},
      'project', json_build_object('id', p.id, 'envNames', p."envNames"),
      'environment', ${parts[place.type].environment},
      'job', ${parts[place.type].job},
      'run', ${parts[place.type].run},
      'plugins', (
        SELECT coalesce(json_agg(json_build_object(
          'id', id, 'type', type, 'name', name, 'namespace', namespace, 'commands', commands, 'mappings', mappings,
          'definition', definition, 'settings', ${settingsFor(place.type, withSettings)}, 'pipUrl', "pipUrl"
        )), '[]') FROM "Plugin" WHERE "projectId" = p.id AND "deleteTime" IS NULL
      )
    ) FROM ${tables[place.type]} WHERE ${present[place.type]} AND ${isPlace(statement, place)}`;
}

/**
 * The statement that selects something if a place has not changed since it was read, and then holds the place.
 * A row that another transaction is changing is waited for, and its version compared once more: a job cannot be
 * moved, deleted or given other tasks between the check of a run and its insertion.
 */
export function holdPlace(statement: Statement, place: Omit<Place, 'plugins'>): string {
  const rows = (['project', 'environment', 'job', 'run'] as const).flatMap((type) => {
    const { [type]: at } = place;
    return at === null ? [] : { ...held[type], id: `${statement.value(at.id)}::uuid` };
  });
  return `
    SELECT 1 FROM ${rows.map(({ table }) => table).join(' CROSS JOIN ')}
    WHERE ${rows.map(({ alias, id }) => `${alias}.id = ${id}`).join(' AND ')}
      AND ${versionOf(rows.map(({ alias }) => alias))} = ${statement.value(place.version)}::text
    ${rows.map(({ alias, strength }) => `FOR ${strength} OF ${alias}`).join(' ')}`;
}

const environment = `json_build_object('id', e.id, 'name', e.name, 'stateIdSuffix', e."stateIdSuffix")`;
const job = `json_build_object('id', j.id, 'tasks', j.tasks)`;
const runFields = [
  ...['id', 'kind', 'status', 'attempt', 'command', 'fullRefresh', 'refreshCatalog', 'noStateUpdate'],
  ...['stateIdSuffix', 'stateStrategy', 'env', 'timeoutSeconds'],
];
const run = `json_build_object(
  ${runFields.map((field) => `'${field}', r."${field}"`).join(', ')},
  'blocks', (
    SELECT coalesce(json_agg(json_build_object('command', b.command, 'status', b.status) ORDER BY b.position), '[]')
    FROM "RunBlock" AS b WHERE b."runId" = r.id
  ),
  'gone', CASE WHEN p."deleteTime" IS NOT NULL THEN 'project' WHEN e."deleteTime" IS NOT NULL THEN 'environment'
    WHEN j."deleteTime" IS NOT NULL THEN 'job' END
)`;

/** The parts of a place, of each type. */
const parts: Record<PlaceReference['type'], { environment: string; job: string; run: string }> = {
  Project: { environment: 'NULL', job: 'NULL', run: 'NULL' },
  Environment: { environment, job: 'NULL', run: 'NULL' },
  Job: { environment, job, run: 'NULL' },
  Run: {
    environment: `CASE WHEN e.id IS NOT NULL THEN ${environment} END`,
    job: `CASE WHEN j.id IS NOT NULL THEN ${job} END`,
    run,
  },
};

// A run brings its variables along, so whether it has any is known no sooner than it is read.
function settingsFor(type: PlaceReference['type'], withSettings: boolean): string {
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
  Project: 'p."deleteTime" IS NULL',
  Environment: 'p."deleteTime" IS NULL AND e."deleteTime" IS NULL',
  Job: 'p."deleteTime" IS NULL AND e."deleteTime" IS NULL AND j."deleteTime" IS NULL',
  Run: 'true',
};

// Every change of a row gives it another `xmin`: the number of the transaction that wrote this version of it.
// An import that changes a plugin changes its project, too.
function versionOf(rows: readonly string[]): string {
  return `concat_ws(' ', ${rows.map((alias) => `${alias}.xmin`).join(', ')})`;
}

const aliases = { Project: ['p'], Environment: ['p', 'e'], Job: ['p', 'e', 'j'], Run: ['p', 'e', 'j', 'r'] };

/** The rows of a place that a new run refers to, and how they are held while it is stored. */
const held = {
  project: { alias: 'p', table: '"Project" AS p', strength: 'KEY SHARE' },
  environment: { alias: 'e', table: '"Environment" AS e', strength: 'KEY SHARE' },
  job: { alias: 'j', table: '"Job" AS j', strength: 'SHARE' },
  run: { alias: 'r', table: '"Run" AS r', strength: 'KEY SHARE' },
} as const;

function isPlace(statement: Statement, { type, reference }: PlaceReference): string {
  const columns = aliases[type];
  if ('id' in reference) return `${columns.at(-1) ?? ''}.id = ${statement.value(reference.id)}::uuid`;
  if (type === 'Run') {
    return `r.id = (
      SELECT newest.id FROM ${tables.Job} JOIN "Run" AS newest ON newest."jobId" = j.id
      WHERE ${present.Job} AND ${isPlace(statement, { type: 'Job', reference })} ORDER BY newest.id DESC LIMIT 1
    )`;
  }
  return columns
    .map((alias, i) => `${alias}.name = ${statement.value(reference.names[i])}::text`)
    .join(' AND ');
}
