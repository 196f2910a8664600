import type { Plugin, Run, RunBlock } from './generated/client.ts';
import { tellingOf } from './notice.ts';
import { Statement, type Send } from './sql.ts';
import { newId } from './uuid.ts';

/** Where a run is to belong, by the id or by the natural path of the place. */
export interface PlaceReference {
  type: 'Project' | 'Environment' | 'Job';
  reference: { id: string } | { names: readonly string[] };
}

/** A place as it was read, with what is needed to check a run of it. */
export interface Place {
  /** What tells that the rows of the place have not changed since. */
  version: string;
  project: { id: string; envNames: string[] };
  /** Null when the place is a project. */
  environment: { id: string; name: string; stateIdSuffix: string | null } | null;
  /** Null when the place is not a job. */
  job: { id: string; tasks: string[][] } | null;
  /** The project's plugins that are not deleted: enough of each to read a block list. */
  plugins: PlacePlugin[];
}

/** A plugin as far as block lists and variables are concerned. */
export type PlacePlugin = Pick<
  Plugin,
  'type' | 'name' | 'namespace' | 'commands' | 'mappings' | 'definition' | 'settings' | 'pipUrl'
>;

/** A request that a client has given a key to. */
export interface KeyedRequest {
  clientRequestId: string;
  mutation: string;
  inputDigest: string;
}

const runColumns = [
  ...['id', 'projectId', 'environmentId', 'jobId', 'kind', 'status', 'command', 'fullRefresh'],
  ...[
    'refreshCatalog',
    'noStateUpdate',
    'stateIdSuffix',
    'stateStrategy',
    'env',
    'timeoutSeconds',
    'lockKeys',
  ],
];

/** What is stored of a run that is asked for. */
export type NewRun = Pick<
  Run,
  | ('projectId' | 'environmentId' | 'jobId' | 'kind' | 'command' | 'fullRefresh' | 'refreshCatalog')
  | ('noStateUpdate' | 'stateIdSuffix' | 'stateStrategy' | 'timeoutSeconds' | 'lockKeys')
> & { env: readonly object[] };

export type NewBlock = Pick<RunBlock, 'position' | 'kind' | 'command' | 'extractor' | 'loader'>;

/**
 * Statements that take in a run, sent past Prisma: one reads all that is needed to check it, one stores it if
 * what was read still holds. Between them nothing is locked, so that no request keeps others waiting.
 */
export function submissionStatements(send: Send) {
  return {
    /**
     * Reads a place, and the earlier request with the same key.
     *
     * @param withSettings whether the plugins' settings are needed: they are by far the largest part
     */
    findPlace: async (
      place: PlaceReference,
      { clientRequestId, withSettings }: { clientRequestId: string | null; withSettings: boolean },
    ): Promise<{ place: Place | null; earlier: { inputDigest: string; answer: unknown } | null }> => {
      const statement = new Statement();
      const request = statement.value(clientRequestId);
      const text = `
        SELECT (
          SELECT json_build_object('inputDigest', "inputDigest", 'answer', answer)
          FROM "ClientRequest" WHERE "clientRequestId" = ${request}::text
        ) AS earlier, (
          SELECT json_build_object(
            'version', ${versions[place.type]},
            'project', json_build_object('id', p.id, 'envNames', p."envNames"),
            'environment', ${place.type === 'Project' ? 'NULL' : environment},
            'job', ${place.type === 'Job' ? `json_build_object('id', j.id, 'tasks', j.tasks)` : 'NULL'},
            'plugins', (
              SELECT coalesce(json_agg(json_build_object(
                'type', type, 'name', name, 'namespace', namespace, 'commands', commands, 'mappings', mappings,
                'definition', definition, 'settings', ${withSettings ? 'settings' : `'[]'::json`}, 'pipUrl', "pipUrl"
              )), '[]') FROM "Plugin" WHERE "projectId" = p.id AND "deleteTime" IS NULL
            )
          ) FROM ${tables[place.type]} WHERE ${present[place.type]} AND ${isPlace(statement, place)}
        ) AS place`;
      const [found] = await send(text, statement.values);
      return found as never;
    },

    /**
     * Stores a run of a place, QUEUED, with its blocks and the key of its request, and tells those who watch.
     *
     * @returns null, and nothing is stored, when the place has changed since it was read or when the key of the
     * request was used meanwhile
     */
    storeRun: async (
      { project, environment, job, version }: Omit<Place, 'plugins'>,
      run: NewRun,
      blocks: readonly NewBlock[],
      request: KeyedRequest | null,
    ): Promise<Run | null> => {
      const type = job ? 'Job' : environment ? 'Environment' : 'Project';
      const id = newId();
      const statement = new Statement();
      const row = statement.value(JSON.stringify({ ...run, id, status: 'QUEUED' }));
      const place = isPlace(statement, { type, reference: { id: (job ?? environment ?? project).id } });
      // A row that another transaction is changing is waited for, and its version compared once more: a job
      // cannot be moved, deleted or given other tasks between the check of a run and its insertion.
      const held = { Project: '', Environment: ', e', Job: ', e FOR SHARE OF j' }[type];
      const text = `
        WITH place AS MATERIALIZED (
          SELECT 1 FROM ${tables[type]}
          WHERE ${present[type]} AND ${place} AND ${versions[type]} = ${statement.value(version)}::text
          FOR KEY SHARE OF p${held}
        ), ${request ? `request AS (${keep(statement, request, id)}),` : ''} run AS (
          INSERT INTO "Run" (${runColumns.map((column) => `"${column}"`).join(', ')})
          SELECT ${runColumns.map((column) => `r."${column}"`).join(', ')}
          FROM ${request ? 'request' : 'place'}, jsonb_populate_record(NULL::"Run", ${row}::jsonb) AS r
          RETURNING *
        ), blocks AS (
          INSERT INTO "RunBlock" (id, "runId", position, kind, command, extractor, loader)
          SELECT block.id, run.id, position, block.kind, block.command, extractor, loader
          FROM run, json_to_recordset(${statement.value(JSON.stringify(blocks.map(withId)))}::json) AS block (
            id uuid, position int, kind "RunBlockKind", command text, extractor text, loader text
          )
        )
        SELECT run.* FROM ${tellingOf('run')}`;
      const [stored] = await send(text, statement.values);
      return (stored as Run | undefined) ?? null;
    },
  };
}

const environment = `json_build_object('id', e.id, 'name', e.name, 'stateIdSuffix', e."stateIdSuffix")`;

const project = '"Project" AS p';
const inProject = `${project} JOIN "Environment" AS e ON e."projectId" = p.id`;
const tables = {
  Project: project,
  Environment: inProject,
  Job: `${inProject} JOIN "Job" AS j ON j."environmentId" = e.id`,
};

const present = {
  Project: 'true',
  Environment: 'e."deleteTime" IS NULL',
  Job: 'e."deleteTime" IS NULL AND j."deleteTime" IS NULL',
};

// Every change of a row gives it another `xmin`: the number of the transaction that wrote this version of it.
// An import that changes a plugin changes its project, too.
const versions = {
  Project: `concat_ws(' ', p.xmin)`,
  Environment: `concat_ws(' ', p.xmin, e.xmin)`,
  Job: `concat_ws(' ', p.xmin, e.xmin, j.xmin)`,
};

const aliases = { Project: ['p'], Environment: ['p', 'e'], Job: ['p', 'e', 'j'] };

function isPlace(statement: Statement, { type, reference }: PlaceReference): string {
  const columns = aliases[type];
  if ('id' in reference) return `${columns.at(-1) ?? ''}.id = ${statement.value(reference.id)}::uuid`;
  return columns
    .map((alias, i) => `${alias}.name = ${statement.value(reference.names[i])}::text`)
    .join(' AND ');
}

// A transaction that is using the key now is waited for.
function keep(statement: Statement, request: KeyedRequest, runId: string): string {
  const { clientRequestId, mutation, inputDigest } = request;
  const values = [
    ...[clientRequestId, mutation, inputDigest].map((value) => `${statement.value(value)}::text`),
    `to_jsonb(${statement.value(runId)}::text)`,
    `${statement.value(new Date().toISOString())}::timestamptz`,
  ];
  return `INSERT INTO "ClientRequest" ("clientRequestId", mutation, "inputDigest", answer, "createdAt")
    SELECT ${values.join(', ')} FROM place ON CONFLICT DO NOTHING RETURNING 1`;
}

function withId(block: NewBlock): NewBlock & { id: string } {
  return { ...block, id: newId() };
}
