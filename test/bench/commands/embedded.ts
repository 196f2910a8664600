import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { defineCommand } from '../command.ts';
import { open } from '../database/connection.ts';
import { loadFlags, quick } from '../load/load-flags.ts';
import { measureReads } from '../load/measure-reads.ts';
import { checkWrk } from '../load/wrk.ts';
import { requests } from '../operations/requests.ts';
import { writeProjects } from '../seed/projects.ts';
import { sampleOf } from '../seed/sample.ts';
import { seed } from '../seed/seed.ts';
import { startOurs, startPlainSql } from '../servers/start-servers.ts';
import { onStage } from '../stage.ts';

const runs = 20_000;

export const command = defineCommand({
  summary: 'the same reads on the embedded database: the gateway, and plain prepared SQL',
  flags: loadFlags({ runs, out: 'bench-embedded' }),
  shorthands: quick(runs),
  run: async (options, say) => {
    await checkWrk();
    await onStage(options.main, say, async ({ main, directory, atEnd }) => {
      const projects = await writeProjects(join(directory, 'projects'));
      const dataDirectory = join(directory, 'data');
      const store = join(dataDirectory, 'data/store/postgres');
      // Its start makes the tables and imports the projects.
      await (await startOurs({ main, dataDirectory, projects })).stop();
      say(`Seeding ${options.runs.toLocaleString('en')} runs …`);
      const connection = await open(store);
      await seed(connection, options.runs);
      const sample = await sampleOf(connection);
      const [version] = await connection.query('SHOW server_version');
      await connection.close();
      // One process alone can have a directory.
      const copy = join(directory, 'copy');
      await cp(store, copy, { recursive: true });
      const ours = await startOurs({ main, dataDirectory, projects });
      atEnd(ours.stop);
      const plainSql = await startPlainSql(copy);
      atEnd(plainSql.stop);
      await measureReads({
        servers: [ours, plainSql],
        sample,
        requestFor: requests(''),
        postmaster: null,
        directory,
        options,
        versions: { 'postgresql (PGlite)': String(version?.server_version) },
        base: 'plainSql',
        say,
      });
    });
  },
});
