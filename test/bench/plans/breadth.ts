import type { Connection } from '../database/connection.ts';
import { uuidAt } from '../seed/uuid.ts';

/** Where most rows are. */
export interface Widest {
  project: string;
  environment: string;
  /** A run that has ended. */
  run: string;
}

/** Lines of the run that has most. */
const lines = 100_000;

/**
 * Makes the tables beside those of runs large, too: many projects with one of each kind, and one environment with as many
 * of each kind. Of each kind, one in ten is paused or stopped, or of another type.
 *
 * @param rows how many of each kind there are in both
 */
export async function seedBreadth({ query }: Connection, rows: number, widest: Widest): Promise<void> {
  await query('SET session_replication_role = replica');
  const id = (kind: string): string => uuidAt('1700000000000 + i.i', `i.i || '${kind}'`);
  const many = `generate_series(1::bigint, ${rows}) AS i(i)`;
  // A thousand projects take a number each, and so does each object.
  const name = (kind: string): string => `'${kind}-' || lpad(i.i::text, 6, '0')`;
  await query(
    `INSERT INTO "Project" (id, name, directory) SELECT ${id('project')}, ${name('wide')}, '/wide/' || i.i FROM ${many}`,
  );
  await query(
    `INSERT INTO "Environment" (id, "projectId", name) SELECT ${id('environment')}, ${id('project')}, 'dev' FROM ${many}
     UNION ALL SELECT ${id('own environment')}, '${widest.project}', ${name('environment')} FROM ${many}`,
  );
  await query(
    `INSERT INTO "Plugin" (id, "projectId", type, name, definition)
     SELECT ${id('plugin')}, ${id('project')}, 'EXTRACTOR'::"PluginType", ${name('tap')}, 'CUSTOM'::"PluginDefinition" FROM ${many}
     UNION ALL SELECT ${id('own plugin')}, '${widest.project}',
       (CASE WHEN i.i % 10 = 0 THEN 'MAPPER' ELSE 'EXTRACTOR' END)::"PluginType", ${name('wide')}, 'CUSTOM'::"PluginDefinition" FROM ${many}`,
  );
  /** One in the environment of each project, and as many in one environment. */
  const inEnvironments = (kind: string, columns: string, values: string): string =>
    `INSERT INTO "${kind}" (id, "environmentId", ${columns})
     SELECT ${id(kind)}, ${id('environment')}, ${values} FROM ${many}
     UNION ALL SELECT ${id(`own ${kind}`)}, '${widest.environment}', ${values} FROM ${many}`;
  await query(
    inEnvironments(
      'Job',
      'name, tasks, pairs',
      `${name('wide')}, '[["tap target"]]'::jsonb, ARRAY['tap-to-target']`,
    ),
  );
  await query(
    `INSERT INTO "Schedule" (id, "environmentId", "jobId", name, interval, cron, "isEnabled", "nextTickAt")
     SELECT ${id('Schedule')}, ${id('environment')}, ${id('Job')}, ${name('wide')}, '@daily', '0 0 * * *', true,
       now() + i.i * interval '1 second' FROM ${many}
     UNION ALL SELECT ${id('own Schedule')}, '${widest.environment}', ${id('own Job')}, ${name('wide')}, '@daily',
       '0 0 * * *', i.i % 10 <> 0, CASE WHEN i.i % 10 <> 0 THEN now() + i.i * interval '1 second' END FROM ${many}`,
  );
  await query(
    inEnvironments(
      'Service',
      'name, command, status',
      `${name('wide')}, 'tool:serve', (CASE WHEN i.i % 10 = 0 THEN 'FAILED' ELSE 'STOPPED' END)::"ServiceStatus"`,
    ),
  );
  await query(
    inEnvironments(
      'State',
      '"stateId", pair, completed, partial, version, "updatedAt"',
      `${name('wide')}, 'tap-' || i.i || '-to-target', '{}'::json, '{}'::json, 1, now() - i.i * interval '1 second'`,
    ),
  );
  // The first half belongs to its first block, the second half to its second one.
  await query(`DELETE FROM "RunLog" WHERE "runId" = '${widest.run}'`);
  await query(
    `INSERT INTO "RunLog" ("runId", sequence, timestamp, level, plugin, stdio, message)
     SELECT '${widest.run}', i.i, now(), (CASE WHEN i.i % 1000 = 0 THEN 'ERROR' ELSE 'INFO' END)::"LogLevel",
       CASE WHEN i.i % 2 = 0 THEN 'target-wide' END, (CASE WHEN i.i % 2 = 0 THEN 'STDERR' END)::"Stdio", 'a line of many, line ' || i.i || ' of the run'
     FROM generate_series(1, ${lines}) AS i(i)`,
  );
  await query(`UPDATE "Run" SET "logCount" = ${lines} WHERE id = '${widest.run}'`);
  await query(
    `UPDATE "RunBlock" SET "firstLine" = 1, "lastLine" = ${lines / 2} WHERE "runId" = '${widest.run}'`,
  );
  await query(
    `INSERT INTO "RunBlock" (id, "runId", position, kind, command, "firstLine", "lastLine")
     VALUES (gen_random_uuid(), '${widest.run}', 1, 'COMMAND', 'dbt:run', ${lines / 2 + 1}, ${lines})`,
  );
  await query('RESET session_replication_role');
  await query('VACUUM ANALYZE');
}
