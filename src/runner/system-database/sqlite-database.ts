import { constants } from 'node:fs';
import { access, realpath } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { execa } from 'execa';
import type { ExecaError } from 'execa';
import { inheritedEnvironment } from '../environment.ts';
import type { Environment } from '../environment.ts';
import type { RunQueries } from './system-database.ts';

/** Longest time for reading, in milliseconds. */
const timeoutMs = 60_000;

/**
 * Prints each row as a line of JSON, and an empty line at the end of each query. It reads only. It uses
 * SQLite itself: Meltano puts its database into WAL mode, which builds of SQLite without shared memory, such
 * as those for WebAssembly, cannot read.
 */
const script = `
import json, pathlib, sqlite3, sys

def error_of(payload):
    try:
        return json.dumps(json.loads(payload)["error"])
    except Exception:
        return None

path, *queries = sys.argv[1:]
database = sqlite3.connect(pathlib.Path(path).as_uri() + "?mode=ro", uri=True, isolation_level=None)
database.create_function("error_of", 1, error_of)
try:
    database.execute("BEGIN")
    for query in queries:
        for row in database.execute(query):
            print(json.dumps(row))
        print()
except sqlite3.Error as error:
    sys.exit(str(error))
`;

/** A call of a function of the script: the error of a run as JSON, from its `payload`. */
export const sqliteError = 'error_of(payload)';

/** The database did not answer. The message is that of SQLite or of the system. */
export class SqliteFailed extends Error {
  override name = 'SqliteFailed';
}

/**
 * Reads a SQLite file with Python, which always exists because Meltano needs it.
 *
 * @param python the program
 * @returns a function that runs queries and throws SqliteFailed
 */
export function sqliteFile(python: string, file: string, baseEnv: Environment): RunQueries {
  return async function* (queries) {
    let query = 0;
    const child = execa(python, ['-I', '-c', script, file, ...queries], {
      env: inheritedEnvironment(baseEnv),
      extendEnv: false,
      stdin: 'ignore',
      buffer: { stdout: false },
      timeout: timeoutMs,
    });
    try {
      for await (const line of child) {
        if (line === '') query += 1;
        else yield { query, row: JSON.parse(line) as unknown[] };
      }
    } catch (error) {
      const { stderr, originalMessage, timedOut } = error as Partial<ExecaError>;
      if (timedOut) throw new SqliteFailed(`it took more than ${timeoutMs / 1000} seconds`);
      const said =
        String(stderr ?? '')
          .trim()
          .split('\n')
          .at(-1) ?? '';
      throw new SqliteFailed(said === '' ? (originalMessage ?? 'its reader ended unexpectedly') : said);
    }
  };
}

/** The Python of Meltano: the one next to its program, otherwise the one on the PATH. */
export async function pythonOf(meltano: string, env: Environment): Promise<string> {
  const folders = meltano.includes('/') ? [''] : (env.PATH ?? '').split(delimiter);
  for (const folder of folders) {
    const program = await realpath(join(folder, meltano)).catch(() => null);
    if (program === null) continue;
    for (const name of ['python3', 'python']) {
      const python = join(dirname(program), name);
      if (await isProgram(python)) return python;
    }
  }
  return 'python3';
}

async function isProgram(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
