import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { checkAnswers } from './compare.ts';
import { open } from './database.ts';
import { operations, requests } from './operations.ts';
import { readOptions } from './options.ts';
import { checkWrk } from './provision.ts';
import { writeReport } from './report.ts';
import { takeTurns } from './rounds.ts';
import { sampleOf } from './sample.ts';
import { seed } from './seed.ts';
import { startCeiling, startOurs } from './servers.ts';
import { setStage } from './stage.ts';
import { summarize } from './summary.ts';
import { tableOf } from './table.ts';

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
    const servers = [ours, ceiling];
    const chosen = operations(sample).filter(
      ({ key }) => options.only.length === 0 || options.only.includes(key),
    );
    const requestFor = requests('');
    say('Comparing the answers …');
    await checkAnswers(servers, chosen, requestFor);
    const turns = await takeTurns({
      servers,
      operations: chosen,
      requestFor,
      postmaster: null,
      directory: stage.directory,
      options,
      say,
    });
    const lines = summarize(chosen, turns);
    const versions = { 'postgresql (PGlite)': String(version?.server_version) };
    const files = await writeReport({ options, versions, turns, lines, base: 'ceiling' });
    say(`\n${tableOf(lines)}\n\nCPU: processor seconds for 1,000 requests. ${files.join(', ')}`);
  } finally {
    await stage.close();
  }
}
