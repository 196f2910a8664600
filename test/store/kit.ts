import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

/** A process of its own that runs a module of this folder. */
export interface Child {
  process: ChildProcess;
  /** The first line that it writes; fails when it ends before. */
  said: Promise<string>;
  /** Exit code or signal, when it has ended. */
  ended: Promise<number | string | null>;
}

/** Starts a module of this folder in a process of its own. */
export function start(module: string, ...args: string[]): Child {
  return startAfter([], module, ...args);
}

/** The same, by a program that starts others. */
export function startAfter(prefix: readonly string[], module: string, ...args: string[]): Child {
  const file = fileURLToPath(new URL(module, import.meta.url));
  const [program = '', ...rest] = [...prefix, process.execPath, '--import', 'tsx', file, ...args];
  const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'pipe'] });
  const errors: string[] = [];
  child.stderr.on('data', (data: Buffer) => errors.push(data.toString()));
  const ended = new Promise<number | string | null>((resolve) =>
    child.on('close', (code, signal) => resolve(signal ?? code)),
  );
  const said = new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once('line', resolve);
    void ended.then((how) => reject(new Error(`${module} ended (${how}): ${errors.join('')}`)));
  });
  return { process: child, said, ended };
}

/** An empty database on the server. */
export async function emptyDatabase(serverUrl: string): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `meltano_graphql_empty_${randomUUID().replaceAll('-', '')}`;
  await onServer(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: async () => {
      await onServer(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

/** Runs one statement on a connection of its own. */
export async function onServer(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(statement);
    return rows;
  } finally {
    await client.end();
  }
}
