import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { open } from './database.ts';
import { measure } from './measure.ts';
import { requests } from './operations.ts';
import { readOptions } from './options.ts';
import { checkWrk } from './provision.ts';
import { sampleOf } from './sample.ts';
import { seed } from './seed.ts';
import { startCeiling, startOurs } from './servers.ts';
import { setStage } from './stage.ts';

/** Measures the read path on the embedded database: the gateway, and the same answers by plain SQL. */
export async function run(args: string[], say: (line: string) => void): Promise<void> {
  const options = readOptions(args, { runs: 20_000, out: 'bench-embedded' });
  await checkWrk();
  const stage = await setStage(options.main, say);
  try {
    const directory = join(stage.directory, 'data');
    const store = join(directory, 'data/store/postgres');
    await (await startOurs(stage.main, directory, stage.projects)).stop();
    say(`Seeding ${options.runs.toLocaleString('en')} runs …`);
    const connection = await open(store);
    await seed(connection, options.runs);
    const sample = await sampleOf(connection);
    const [version] = await connection.query('SHOW server_version');
    await connection.close();
    // One process alone can have a directory.
    const copy = join(stage.directory, 'copy');
    await cp(store, copy, { recursive: true });
    const ours = await startOurs(stage.main, directory, stage.projects);
    stage.atEnd(ours.stop);
    const ceiling = await startCeiling(copy);
    stage.atEnd(ceiling.stop);
    await measure({
      servers: [ours, ceiling],
      sample,
      requestFor: requests(''),
      postmaster: null,
      directory: stage.directory,
      options,
      versions: { 'postgresql (PGlite)': String(version?.server_version) },
      base: 'ceiling',
      say,
    });
  } finally {
    await stage.close();
  }
}
