import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../../src/domain/gateway.ts';
import { importProject } from '../../../src/domain/projects/import-project.ts';
import { readOf } from '../../../src/domain/mirror/read-manifests.ts';
import { readManifest } from '../../../src/manifest/read-manifest.ts';
import type { DatabaseLocation } from '../../../src/store/database/database.ts';
import { openStore } from '../../../src/store/index.ts';
import { writeBigProject } from '../../kit/data/big-project.ts';
import { copySample } from '../../kit/data/sample.ts';
import { count, defineCommand, main, serverBeside } from '../command.ts';
import { makeDatabase } from '../database/databases.ts';
import { freePort } from '../database/postgres.ts';
import { post } from '../load/post.ts';
import { quantile } from '../report/statistics.ts';
import { startBuilt } from '../servers/gateway.ts';
import { onStage } from '../stage.ts';

type Start = Parameters<typeof startBuilt>[0];

export const command = defineCommand({
  summary: 'a start on the embedded database until the first answer, and the first import of a big project',
  flags: {
    starts: count(5, 'how often to start'),
    'database-url': serverBeside,
    main,
  },
  run: async ({ starts, 'database-url': serverUrl, main: built }, say) => {
    await onStage(built, say, async (stage) => {
      const sample = await copySample();
      stage.atEnd(sample.remove);
      const start: Start = {
        main: stage.main,
        dataDirectory: join(stage.directory, 'data'),
        projects: [`demo=${sample.project.directory}`],
        flags: ['--meltano', '/nonexistent/meltano', '--log-level', 'error'],
      };
      // Makes the directory.
      await firstAnswer(start);
      const times: number[] = [];
      for (let i = 0; i < starts; i += 1) times.push(await firstAnswer(start));
      // 300 jobs in 5 environments.
      const project = join(stage.directory, 'big');
      await writeBigProject(project);
      const directory = join(stage.directory, 'other');
      const onServer =
        serverUrl === null
          ? null
          : await firstImport(project, { kind: 'SERVER', url: await makeDatabase(stage, serverUrl) });
      console.table({
        'first answer after reopening, median ms': Math.round(quantile(times, 0.5)),
        'the slowest of them, ms': Math.round(Math.max(...times)),
        'first import, embedded, ms': await firstImport(project, {
          kind: 'EMBEDDED',
          directory,
          processId: process.pid,
        }),
        ...(onServer === null ? {} : { 'first import, server, ms': onServer }),
      });
    });
  },
});

/** Milliseconds from the start of the process until a query is answered; asks all the time. */
async function firstAnswer(start: Start): Promise<number> {
  const port = await freePort();
  const begin = performance.now();
  const started = startBuilt({ ...start, flags: [...(start.flags ?? []), '--port', String(port)] });
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
    await importProject({ transaction: store.transaction, log }, readOf(await readManifest(directory)));
    return Math.round(performance.now() - begin);
  } finally {
    await store.close();
  }
}
