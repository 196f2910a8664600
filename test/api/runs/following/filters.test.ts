import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeGlobalId } from '../../../../src/domain/naming/global-id.ts';
import { startTestApp, type TestApp } from '../../../kit/app.ts';
import { openEvents, subscribe } from '../../../kit/events.ts';
import { seeder } from '../../../kit/data/seed.ts';
import { done } from '../../../kit/verbs/call.ts';

let app: TestApp;
let seed: ReturnType<typeof seeder>;
beforeAll(async () => {
  app = await startTestApp();
  seed = seeder(app.app.store);
});
afterAll(() => app.stop());

const idOf = (id: string): string => encodeGlobalId({ type: 'Run', id });

describe('runLogs with a filter', () => {
  let run: string;
  beforeAll(async () => {
    const project = await seed.project({ name: 'lines' });
    run = await seed.run(project, {});
    const levels = ['INFO', 'DEBUG', 'WARNING', 'INFO', 'ERROR', 'CRITICAL', 'INFO'] as const;
    for (const [i, level] of levels.entries()) {
      await seed.log(run, { sequence: i + 1, level, plugin: i % 2 === 0 ? 'tap-one' : null });
    }
  });

  /** The numbers of the lines that come, until the server says that it was the last one. */
  async function followed(args: string): Promise<{ sequences: number[]; last: string }> {
    const sequences: number[] = [];
    let last = '';
    type Line = { runLogs: { cursor: string; node: { sequence: number } } };
    const query = `subscription { runLogs(run: "${idOf(run)}", ${args}) { cursor node { sequence } } }`;
    for await (const { data, errors } of subscribe<Line>(app.url, query)) {
      if (!data) throw new Error(JSON.stringify(errors));
      sequences.push(data.runLogs.node.sequence);
      last = data.runLogs.cursor;
    }
    return { sequences, last };
  }

  test.each([
    ['{}', [1, 2, 3, 4, 5, 6, 7]],
    ['{ minLevel: DEBUG }', [1, 2, 3, 4, 5, 6, 7]],
    ['{ minLevel: INFO }', [1, 3, 4, 5, 6, 7]],
    ['{ minLevel: WARNING }', [3, 5, 6]],
    ['{ minLevel: ERROR }', [5, 6]],
    ['{ minLevel: CRITICAL }', [6]],
    ['{ pluginName: "tap-one" }', [1, 3, 5, 7]],
    ['{ pluginName: "tap-one", minLevel: INFO }', [1, 3, 5, 7]],
    ['{ pluginName: "tap-one", minLevel: WARNING }', [3, 5]],
    ['{ pluginName: "nobody" }', []],
  ])('%s leaves out the other lines, and ends as the run has', async (filter, sequences) => {
    expect((await followed(`filter: ${filter}`)).sequences).toEqual(sequences);
  });

  test('goes on after a line', async () => {
    const { last } = await followed('filter: { minLevel: CRITICAL }');
    const rest = await followed(`after: "${last}", filter: { minLevel: INFO }`);
    expect(rest.sequences).toEqual([7]);
  });
});

describe('runsUpdated', () => {
  /** Two projects with two environments of two jobs. */
  const places = ['one', 'two'].flatMap((project) =>
    ['dev', 'prod'].flatMap((environment) => ['early', 'late'].map((job) => ({ project, environment, job }))),
  );
  const pathOf = ({ project, environment, job }: (typeof places)[number]): string =>
    `${project}/${environment}/${job}`;
  const jobs = new Map<string, { projectId: string; environmentId: string; jobId: string }>();
  beforeAll(async () => {
    for (const project of ['one', 'two']) {
      const projectId = await seed.project({ name: project });
      for (const environment of ['dev', 'prod']) {
        const environmentId = await seed.environment(projectId, { name: environment });
        for (const job of ['early', 'late']) {
          const jobId = await seed.job(environmentId, { name: job });
          jobs.set(pathOf({ project, environment, job }), { projectId, environmentId, jobId });
        }
      }
    }
  });

  type Update = { runsUpdated: { nodes: { id: string; status: string }[] } };

  /** Cancels a queued run of each job, and returns the jobs whose runs were reported. */
  async function reported(args: string, expected: number): Promise<string[]> {
    const runs = new Map<string, string>();
    for (const [path, { projectId, ...ids }] of jobs) {
      runs.set(idOf(await seed.run(projectId, { ...ids, status: 'QUEUED' })), path);
    }
    const query = `subscription { runsUpdated${args} { nodes { id status } } }`;
    const events = await openEvents<Update>(app.url, query);
    for (const run of runs.keys()) await done(app, 'cancelRun', { run }, 'run { id }');
    const seen: string[] = [];
    for await (const { data } of events) {
      for (const { id, status } of data?.runsUpdated.nodes ?? []) {
        expect(status).toBe('CANCELLED');
        seen.push(runs.get(id) ?? 'another run');
      }
      if (seen.length >= expected) break;
    }
    return seen.sort();
  }

  test.each([
    ['', () => true],
    ['(project: "one")', ({ project }) => project === 'one'],
    ['(environment: "one/prod")', ({ project, environment }) => project === 'one' && environment === 'prod'],
    ['(job: "two/dev/late")', (place) => pathOf(place) === 'two/dev/late'],
  ] as [string, (place: (typeof places)[number]) => boolean][])(
    '%s reports each change of a run there, and no other',
    async (args, isThere) => {
      const expected = places.filter(isThere).map(pathOf);
      expect(await reported(args, expected.length)).toEqual(expected.sort());
    },
  );

  test('within two places reports what lies in both', async () => {
    expect(await reported('(project: "one", environment: "one/dev", job: "one/dev/early")', 1)).toEqual([
      'one/dev/early',
    ]);
  });
});
