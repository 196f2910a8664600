import { expect, test } from 'vitest';
import { fixture } from '../kit/data/projects.ts';
import { startTestApp } from '../kit/app.ts';
import { seed } from '../kit/set-up/seed.ts';
import { runFuzz } from './run-fuzz.ts';

// `npm run fuzz` sets it, for a longer run.
const documents = Number(process.env.FUZZ_DOCUMENTS ?? 2000);

test(
  'no document makes an internal error, whatever its arguments hold',
  async () => {
    console.log(`Seed ${seed}; repeat with: npm run fuzz -- --documents ${documents} --seed ${seed}`);
    // No worker executes the runs that the mutations request.
    const app = await startTestApp({ projects: [{ name: 'desk', directory: fixture('desk') }], slots: 0 });
    const log =
      process.env.FUZZ_DOCUMENTS === undefined ? () => undefined : (line: string) => console.log(line);
    try {
      const report = await runFuzz(app, { documents, seed, log });
      const outcomes = [...report.outcomes].sort(([, a], [, b]) => b - a);
      console.log(`Seed ${seed}: ${outcomes.map(([outcome, count]) => `${outcome} ${count}`).join(', ')}`);
      for (const { document, answer, cause } of report.faults.slice(0, 10)) {
        const shown = JSON.stringify(document).replace(/(.)\1{40,}/gu, '$1…');
        console.log(`${shown.slice(0, 3000)}\n  ${answer}\n  ${cause}\n`);
      }
      expect(report.faults.length, `faults with the seed ${seed}`).toBe(0);
      const succeeded = outcomes.filter(([outcome]) => outcome.endsWith('Success'));
      expect(succeeded.length, 'kinds of mutations that succeeded').toBeGreaterThan(20);
    } finally {
      await app.stop();
    }
  },
  Math.max(600_000, documents * 50),
);
