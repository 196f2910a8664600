import { sql, type Sql } from '../../lib/sql.ts';
import type { NamedTable } from '../naming/former-names.ts';
import { hasPluginPart } from '../naming/plugin-names.ts';

function projectAt([project]: readonly string[]): Sql {
  return sql`(SELECT p.id FROM "Project" AS p WHERE p.name = ${project} AND p."deletedAt" IS NULL)`;
}

function environmentAt([project, name]: readonly string[]): Sql {
  return sql`(SELECT e.id FROM "Environment" AS e JOIN "Project" AS p ON p.id = e."projectId"
    WHERE p.name = ${project} AND e.name = ${name} AND p."deletedAt" IS NULL AND e."deletedAt" IS NULL)`;
}

function jobAt(names: readonly string[]): Sql {
  return sql`(SELECT j.id FROM "Job" AS j WHERE j."environmentId" = ${environmentAt(names)} AND j.name = ${names[2]}
    AND j."deletedAt" IS NULL)`;
}

/** The condition that the row `t` has a path. With the type `Run`: that it is the newest run of the job at the path. */
export function isAtPath(type: NamedTable | 'Run' | 'Webhook', names: readonly string[]): Sql {
  const last = names.at(-1);
  switch (type) {
    case 'Project':
      return sql`t.name = ${last}`;
    case 'Environment':
    case 'Webhook':
      return sql`t."projectId" = ${projectAt(names)} AND t.name = ${last}`;
    case 'Plugin':
      return sql`t."projectId" = ${projectAt(names)} AND ${hasPluginPart(sql`t`, sql`${last}::text`)}`;
    case 'State':
      return sql`t."environmentId" = ${environmentAt(names)} AND t."stateId" = ${last}`;
    case 'Run':
      // The bounds change nothing: they make PostgreSQL take the index that begins with the job.
      return sql`t.id = (SELECT r.id FROM "Job" AS j CROSS JOIN LATERAL (
        SELECT r.id FROM "Run" AS r WHERE r."jobId" = j.id AND r."jobId" BETWEEN j.id AND j.id ORDER BY r.id DESC LIMIT 1
      ) AS r WHERE j.id = ${jobAt(names)})`;
    case 'Job':
    case 'Schedule':
    case 'Service':
      return sql`t."environmentId" = ${environmentAt(names)} AND t.name = ${last}`;
  }
}

/** The condition that the row `t` belongs to the environment at a path. */
export function isInEnvironmentAt(names: readonly string[]): Sql {
  return sql`t."environmentId" = ${environmentAt(names)}`;
}
