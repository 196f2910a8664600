import { dirname, join } from 'node:path';
import { mkdir, realpath } from 'node:fs/promises';
import { execa } from 'execa';
import pg from 'pg';
import { meltano } from './meltano.ts';

/** Runs the real Meltano in a project, with Meltano's own system database. */
export async function runMeltanoIn(
  directory: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<number> {
  const { exitCode } = await execa(meltano ?? '', [...args], {
    cwd: directory,
    extendEnv: false,
    reject: false,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: directory,
      XDG_STATE_HOME: join(directory, 'logs'),
      MELTANO_PROJECT_READONLY: '1',
      MELTANO_SEND_ANONYMOUS_USAGE_STATS: 'false',
      MELTANO_DISABLE_TRACKING: 'true',
      MELTANO_CLI_DISABLE_VERSION_CHECK: '1',
      ...env,
    },
  });
  return exitCode ?? -1;
}

/** Runs a program with the Python of the real Meltano. */
async function python(program: string, ...args: string[]): Promise<string> {
  const interpreter = meltano === null ? 'python3' : join(dirname(await realpath(meltano)), 'python');
  const { stdout } = await execa(interpreter, ['-W', 'ignore', '-c', program, ...args]);
  return stdout;
}

/** Runs an SQL script on a SQLite file. */
export async function onSqlite(file: string, script: string): Promise<void> {
  await python('import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])', file, script);
}

/**
 * Copies a system database to PostgreSQL: the tables that Meltano's own models create there, with the same
 * rows.
 */
export async function copyToPostgres(file: string, url: string): Promise<void> {
  const tables = JSON.parse(await python(dump, file)) as { name: string; ddl: string; rows: object[] }[];
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('CREATE SCHEMA system_database; SET search_path = system_database');
    for (const { name, ddl, rows } of tables) {
      await client.query(ddl);
      await client.query(`INSERT INTO ${name} SELECT * FROM json_populate_recordset(NULL::${name}, $1)`, [
        JSON.stringify(rows),
      ]);
    }
  } finally {
    await client.end();
  }
}

const dump = `
import json, sqlite3, sys
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable
from meltano.core.job import Job
from meltano.core.job_state import JobState

database = sqlite3.connect(sys.argv[1])
database.row_factory = sqlite3.Row
tables = [
    {
        "name": model.__tablename__,
        "ddl": str(CreateTable(model.__table__).compile(dialect=postgresql.dialect())),
        "rows": [dict(row) for row in database.execute(f"SELECT * FROM {model.__tablename__}")],
    }
    for model in (Job, JobState)
]
print(json.dumps(tables))
`;

/** Makes a SQLite file with the empty tables of a system database. */
export async function emptySystemDatabase(directory: string): Promise<void> {
  await mkdir(join(directory, '.meltano'), { recursive: true });
  await onSqlite(
    join(directory, '.meltano/meltano.db'),
    `CREATE TABLE runs (id integer PRIMARY KEY, job_name text, run_id text, state text, started_at text, ended_at text,
       last_heartbeat_at text, payload text);
     CREATE TABLE state (state_id text PRIMARY KEY, partial_state text, completed_state text)`,
  );
}
