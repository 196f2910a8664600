import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeBigProject } from '../../kit/data/big-project.ts';
import { count, defineCommand, main, serverInPlace, text, words, type Say } from '../command.ts';
import { makeDatabase, serverFor } from '../database/databases.ts';
import { heavyRequests } from '../delay/heavy-requests.ts';
import { measureDelays, type Measured } from '../delay/measure-delays.ts';
import { msOf, writeDelayReport, type DelayLine } from '../report/delay-report.ts';
import { textTable } from '../report/text-table.ts';
import { onStage } from '../stage.ts';

/** The gateway is profiled meanwhile, which makes it some percent slower. */
export const command = defineCommand({
  summary: 'the largest delay of the event loop under each heavy request, and what caused it',
  flags: {
    only: words('TITLE', 'requests whose titles begin so, as the table has them'),
    rounds: count(3, 'rounds; the table has their medians'),
    limit: count(60, 'seconds after which a gateway that does not answer is given up'),
    out: text('PATH', 'where the report (.json) goes, without its ending; nowhere when absent'),
    'database-url': serverInPlace,
    main,
  },
  run: async ({ only, rounds, limit, out, 'database-url': given, main: built }, say) => {
    const chosen = heavyRequests.filter(
      ({ title }) => only.length === 0 || only.some((beginning) => title.startsWith(beginning)),
    );
    await onStage(built, say, async (stage) => {
      const projects = { empty: join(stage.directory, 'empty'), big: join(stage.directory, 'big') };
      await mkdir(projects.empty);
      await writeFile(join(projects.empty, 'meltano.yml'), 'version: 1\n');
      await writeBigProject(projects.big);
      const serverUrl = await serverFor(stage, given);
      const measure = async (name: string, databaseUrl: string | null): Promise<Measured[]> => {
        const site = { name, projects, databaseUrl, limitMs: limit * 1000 };
        return saidOnce(measureDelays(stage, site, chosen), name, say);
      };
      const embedded: Measured[][] = [];
      const server: Measured[][] = [];
      for (let round = 1; round <= rounds; round += 1) {
        embedded.push(await measure(`embedded ${round}`, null));
        server.push(await measure(`server ${round}`, await makeDatabase(stage, serverUrl)));
      }
      const lines = linesOf(embedded, server);
      say(`\n${tableOf(lines)}`);
      if (out !== null) say(`Written: ${await writeDelayReport(lines, rounds, out)}`);
    });
  },
});

/** Says what is measured as soon as it is, since the whole takes minutes. */
async function saidOnce(all: AsyncIterable<Measured>, database: string, say: Say): Promise<Measured[]> {
  const measured: Measured[] = [];
  for await (const one of all) {
    measured.push(one);
    const { title, size, answer, causes } = one;
    say(`${database}: ${title} (${size}): ${msOf(one)} ms, ${answer ?? 'no answer'}`);
    for (const cause of causes) say(`  ${cause}`);
  }
  return measured;
}

/** A line for each request: the round that is in the middle, on each database. */
function linesOf(embedded: readonly Measured[][], server: readonly Measured[][]): DelayLine[] {
  const middle = (rounds: readonly Measured[][], i: number): Measured => {
    const sorted = rounds.map((round) => round[i] as Measured).sort((a, b) => a.largestMs - b.largestMs);
    return sorted[Math.floor((sorted.length - 1) / 2)] as Measured;
  };
  return (embedded[0] ?? []).map(({ title, size }, i) => {
    const [one, other] = [middle(embedded, i), middle(server, i)];
    const larger = one.cpuMs > other.cpuMs ? one : other;
    return {
      title,
      size,
      embedded: { largestMs: one.largestMs, cpuMs: one.cpuMs },
      server: { largestMs: other.largestMs, cpuMs: other.cpuMs },
      answer: [...new Set([one, other].map(({ answer }) => answer ?? 'none'))].join(', '),
      cause: larger.causes[0] ?? '',
    };
  });
}

function tableOf(lines: readonly DelayLine[]): string {
  const rows = lines.map(({ title, size, embedded, server, answer, cause }) => [
    title,
    size,
    msOf(embedded),
    msOf(server),
    answer,
    cause,
  ]);
  return textTable([
    ['request', 'size', 'ms (CPU), embedded', 'ms (CPU), server', 'answer', 'largest cause'],
    ...rows,
  ]);
}
