import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { importProject } from '../../src/domain/import-project.ts';
import type { Log } from '../../src/domain/services.ts';
import { readManifest } from '../../src/manifest/read-manifest.ts';
import type { DatabaseLocation } from '../../src/store/database.ts';
import { openStore } from '../../src/store/index.ts';
import { writeBigProject } from '../kit/big-project.ts';
import { build } from '../kit/built.ts';
import { startGateway } from '../kit/gateway.ts';
import { copySample } from '../kit/sample.ts';
import { makeDatabase } from './made-database.ts';
import { freePort } from './postgres.ts';
import { post, quantile } from './post.ts';

/**
 * Measures a start of the built gateway on an embedded directory that it has had before, from the start of the
 * process to the first answer, and the first import of a project with 300 jobs in 5 environments.
 *
 * - `--starts N`: how often to start
 * - `--database-url URL`: a server on which to import, too
 * - `--main FILE`: an already built `dist/main.js`
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      starts: { type: 'string', default: '5' },
      'database-url': { type: 'string' },
      main: { type: 'string' },
    },
  });
  const place = await mkdtemp(join(tmpdir(), 'meltano-graphql-start-'));
  const built = values.main === undefined ? await build() : null;
  const sample = await copySample();
  const database = values['database-url'] === undefined ? null : await makeDatabase(values['database-url']);
  try {
    const starts: number[] = [];
    // The first one makes the directory.
    for (let i = -1; i < Number(values.starts); i += 1) {
      const ms = await firstAnswer([
        ...[process.execPath, built?.main ?? values.main ?? ''],
        ...['--project', `demo=${sample.project.directory}`, '--data-directory', join(place, 'data')],
        ...['--meltano', '/nonexistent/meltano', '--log-level', 'error'],
      ]);
      if (i >= 0) starts.push(ms);
    }
    const project = join(place, 'big');
    await writeBigProject(project);
    const directory = join(place, 'other');
    console.table({
      'first answer after reopening, median ms': Math.round(quantile(starts, 0.5)),
      'the slowest of them, ms': Math.round(Math.max(...starts)),
      'first import, embedded, ms': await firstImport(project, {
        kind: 'EMBEDDED',
        directory,
        processId: process.pid,
      }),
      ...(database
        ? {
            'first import, server, ms': await firstImport(project, { kind: 'SERVER', url: database.url }),
          }
        : {}),
    });
  } finally {
    await database?.drop();
    await built?.remove();
    await sample.remove();
    await rm(place, { recursive: true, force: true });
  }
}

/** Milliseconds from the start of the process until a query is answered; asks all the time. */
async function firstAnswer(command: string[]): Promise<number> {
  const port = await freePort();
  const begin = performance.now();
  const started = startGateway({
    command: [...command, '--port', String(port)],
    env: { NODE_ENV: 'production' },
  });
  let failed: unknown;
  started.catch((error: unknown) => (failed = error));
  const ask = (): Promise<boolean> =>
    post(`http://127.0.0.1:${port}/graphql`, '{ projects { nodes { name } } }').then(
      () => true,
      () => false,
    );
  while (!(await ask())) {
    if (failed !== undefined) throw failed as Error;
    await sleep(5);
  }
  const ms = performance.now() - begin;
  await (await started).stop();
  return ms;
}

/** Milliseconds that it takes to read a project and to store it for the first time. */
async function firstImport(directory: string, location: DatabaseLocation): Promise<number> {
  const ignore = (): void => undefined;
  const log: Log = { info: ignore, warn: ignore, error: ignore };
  const store = await openStore({ location, onError: ignore });
  try {
    const begin = performance.now();
    await importProject({ store, log }, await readManifest(directory));
    return Math.round(performance.now() - begin);
  } finally {
    await store.close();
  }
}
