import { realpath, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import type { Environment } from '../environment.ts';
import { postgresError, postgresServer } from './postgres-database.ts';
import { pythonOf, sqliteError, sqliteFile, SqliteFailed } from './sqlite-database.ts';
import { readSystemDatabase } from './system-database.ts';
import type { SystemDatabase, SystemDatabaseFailure } from './system-database.ts';

type Reading = { database: SystemDatabase } | { failure: SystemDatabaseFailure };

/** The system databases of Meltano that can be read. They are never written. */
export interface SystemDatabases {
  /** The PostgreSQL databases that may be read, by name. */
  names: readonly string[];
  /** Reads the SQLite file at a path inside of a directory. Links that lead out of it are not followed. */
  readFile: (directory: string, path: string) => Promise<Reading>;
  /** Reads one of the PostgreSQL databases. */
  readServer: (name: string) => Promise<Reading>;
}

interface Options {
  /** The `meltano` of the gateway: a path, or a name on the PATH of `env`. */
  meltano: string;
  env: Environment;
  /** Addresses of PostgreSQL databases, by name. */
  servers: ReadonlyMap<string, string>;
}

export function systemDatabases({ meltano, env, servers }: Options): SystemDatabases {
  return {
    names: [...servers.keys()],
    readFile: async (directory, path) => {
      const root = await realpath(directory).catch(() => directory);
      const file = await realpath(resolve(root, path)).catch(() => null);
      // The path itself is checked first, so that callers cannot find out whether files outside exist.
      if (!isWithin(root, resolve(root, path)) || (file !== null && !isWithin(root, file))) {
        return failed('OUTSIDE', "The file lies outside of the project's directory.");
      }
      const stats = file === null ? null : await stat(file);
      if (file === null || !stats?.isFile()) {
        return failed('NO_FILE', `There is no file ${join(path)} in the project's directory.`);
      }
      const python = await pythonOf(meltano, env);
      return read(() => readSystemDatabase(sqliteFile(python, file, env), sqliteError), explainSqlite);
    },
    readServer: (name) => {
      const url = servers.get(name) ?? '';
      return read(() => readSystemDatabase(postgresServer(url), postgresError), explainPostgres);
    },
  };
}

function isWithin(root: string, file: string): boolean {
  const path = relative(root, file);
  return path !== '' && path !== '..' && !path.startsWith('../');
}

async function read(
  work: () => Promise<SystemDatabase>,
  explain: (error: unknown) => SystemDatabaseFailure,
): Promise<Reading> {
  try {
    return { database: await work() };
  } catch (error) {
    return { failure: explain(error) };
  }
}

function failed(code: SystemDatabaseFailure['code'], message: string): Reading {
  return { failure: { code, message } };
}

const noTables: SystemDatabaseFailure = {
  code: 'NO_SYSTEM_DATABASE',
  message:
    "The database has not the tables of Meltano's system database, or those of a Meltano before 2.8; any `meltano` command of today's brings them up to date.",
};

function explainSqlite(error: unknown): SystemDatabaseFailure {
  if (!(error instanceof SqliteFailed)) throw error;
  const { message } = error;
  if (/no such (table|column)|file is not a database/.test(message)) return noTables;
  return { code: 'UNREADABLE', message: `The SQLite file cannot be read: ${message}.` };
}

// Not the driver's message: it may contain the host, and the caller would see it.
function explainPostgres(error: unknown): SystemDatabaseFailure {
  const { code = 'UNKNOWN' } = error as { code?: string };
  if (code === '42P01' || code === '42703') return noTables;
  return {
    code: 'UNREADABLE',
    message: `The PostgreSQL database cannot be read, for a reason with the code ${code}; its address is in a variable of the gateway.`,
  };
}
