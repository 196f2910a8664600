import fc from 'fast-check';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { manifestText } from '../../kit/data/manifest-texts.ts';
import { importAgain } from '../../kit/data/projects.ts';
import { call, done } from '../../kit/verbs/call.ts';

let app: TestApp;
let directory: string;
beforeAll(async () => {
  app = await startTestApp();
  directory = await mkdtemp(join(tmpdir(), 'meltano-graphql-test-'));
});
afterAll(async () => {
  await app.stop();
  await rm(directory, { recursive: true, force: true });
});

/** A change through the API; what speaks of a job or a schedule is done in both environments. */
type Step = (project: string) => Promise<unknown>;

const odd = fc.constantFrom(
  'yes',
  '017',
  '~',
  'a: b',
  '#x',
  '',
  ' two\nlines ',
  '😀',
  "it's",
  '- a',
  '*a',
  '{',
  '1e3',
);
const json = fc.oneof(
  odd,
  fc.constantFrom(0, 1.5, true, false, null),
  fc.array(odd, { maxLength: 2 }),
  fc.dictionary(odd, odd, { maxKeys: 2 }),
);
const variables = fc.array(
  odd.map((value) => ({ name: 'MODE', value })),
  { maxLength: 1 },
);
const tasks = fc.array(
  fc
    .constantFrom(['tap-a', 'target-a'], ['tool:run'], ['tool:check', 'tap-b', 'target-a'])
    .map((blocks) => ({ blocks })),
  { minLength: 1, maxLength: 2 },
);
const job = fc.constantFrom('load', 'more', 'new');
const name = fc.constantFrom('more', 'new', 'yes', '017', 'naïve');
const interval = fc.constantFrom('@daily', '@once', '*/5 * * * *');
const key = fc.constantFrom('size', 'limits', 'limits.rows', 'nested.deep.er', 'password', 'new.key', 'yes');

const everywhere = (verb: string, input: (environment: string) => object): Step => {
  return async (project) => {
    const answers: string[] = [];
    for (const environment of ['dev', 'prod']) {
      answers.push((await call(app, verb, input(`${project}/${environment}`), '__typename')).__typename);
    }
    expect(answers[0]).toBe(answers[1]);
  };
};

const step: fc.Arbitrary<Step> = fc.oneof(
  fc
    .record({ name, tasks })
    .map((input) => everywhere('createJob', (environment) => ({ ...input, environment }))),
  fc
    .record({ job, tasks })
    .map(({ job, tasks }) => everywhere('updateJob', (at) => ({ job: `${at}/${job}`, tasks }))),
  fc
    .record({ job, name })
    .map(({ job, name }) =>
      everywhere('moveResource', (at) => ({ resource: { job: `${at}/${job}` }, to: { name } })),
    ),
  job.map((job) => everywhere('deleteJob', (at) => ({ job: `${at}/${job}`, force: true }))),
  fc
    .record({ job, name, interval, env: variables })
    .map(({ job, ...input }) => everywhere('createSchedule', (at) => ({ ...input, job: `${at}/${job}` }))),
  fc
    .record({ interval, env: variables })
    .map((input) => everywhere('updateSchedule', (at) => ({ ...input, schedule: `${at}/first` }))),
  fc.constant(everywhere('pauseSchedule', (at) => ({ schedule: `${at}/first` }))),
  fc
    .record({
      config: fc.dictionary(key, json, { maxKeys: 2 }),
      extras: fc.dictionary(fc.constantFrom('an_extra', 'metadata'), json, { maxKeys: 1 }),
    })
    .map(
      (input): Step =>
        async (project) =>
          call(app, 'updatePlugin', { ...input, plugin: await pluginId(project, 'tap-a') }, '__typename'),
    ),
  fc.record({ stateIdSuffix: fc.option(odd), env: variables }).map(
    (input): Step =>
      (project) =>
        call(app, 'updateEnvironment', { ...input, environment: `${project}/dev` }, '__typename'),
  ),
  variables.map(
    (env): Step =>
      (project) =>
        call(app, 'updateProject', { project, env }, '__typename'),
  ),
  fc.constant<Step>(async (project) =>
    call(
      app,
      'moveResource',
      { resource: { plugin: await pluginId(project, 'target-a') }, to: { name: 'target-b' } },
      '__typename',
    ),
  ),
);

interface Named {
  id: string;
  name: string;
}

async function pluginId(project: string, name: string): Promise<string> {
  const found = await app.query<{ project: { plugins: { nodes: Named[] } } }>(
    'query ($project: ID!) { project(ref: $project) { plugins { nodes { id name } } } }',
    { project },
  );
  return found.project.plugins.nodes.find((plugin) => plugin.name === name)?.id ?? 'none';
}

/** All that the graph shows of a project and a `meltano.yml` can say. */
async function graphOf(project: string): Promise<unknown> {
  const path = (environment: string): string => JSON.stringify(`${project}/${environment}`);
  const settings = `{ name label description kind isSensitive envName default value isSet valueSource }`;
  return app.query(
    `query ($project: ID!) { project(ref: $project) {
      meltanoProjectId defaultEnvironment requiresMeltano envNames
      plugins { nodes {
        type name inheritFrom variant pipUrl executable namespace label description docs repository capabilities
        definition mappings extras commands { name args description }
        settings ${settings} inDev: settings(environment: ${path('dev')}) ${settings}
      } }
      environments { nodes { name stateIdSuffix envNames pluginConfig
        jobs { nodes { name pairs tasks { blocks } } }
        schedules { nodes { name interval cron timeZone extractor loader transform job { name } env { name value isSensitive } } }
      } }
    } }`,
    { project },
  );
}

async function exported(project: string): Promise<string> {
  return (await done<{ text: string }>(app, 'exportProject', { project }, 'text')).text;
}

interface Plan {
  changes: unknown[];
  changedSecrets: string[];
}

async function planOf(project: string, text: string): Promise<Plan> {
  const input = { project, text, prune: true };
  const selection = 'plan { changedSecrets changes { action type name changes { path before after } } }';
  return (await done<{ plan: Plan }>(app, 'planProject', input, selection)).plan;
}

const nothing = { changes: [], changedSecrets: [] };
let run = 0;

async function roundTrip(project: string, steps: readonly Step[]): Promise<void> {
  for (const take of steps) await take(project);
  const text = await exported(project);
  expect(await planOf(project, text)).toEqual(nothing);
  // There, nothing is known that the secrets could stand for.
  const copy = `${project}-copy`;
  const given = text.replaceAll('(redacted)', 'made-up');
  await done(app, 'createProject', { name: copy, text: given }, 'project { id }');
  expect(await graphOf(copy)).toEqual(await graphOf(project));
  expect(await exported(copy)).toBe(text);
}

test('a managed project that is changed in any way is exported as it is', async () => {
  await fc.assert(
    fc.asyncProperty(manifestText, fc.array(step, { maxLength: 5 }), async (text, steps) => {
      const project = `managed-${(run += 1)}`;
      await done(app, 'createProject', { name: project, text }, 'project { id }');
      expect(await planOf(project, text)).toEqual(nothing);
      await roundTrip(project, steps);
    }),
    { numRuns: 8, interruptAfterTimeLimit: 60_000 },
  );
});

test('an imported project whose jobs and schedules are changed is exported as it is', async () => {
  await fc.assert(
    fc.asyncProperty(manifestText, fc.array(step, { maxLength: 5 }), async (text, steps) => {
      const project = `imported-${(run += 1)}`;
      const place = await mkdtemp(join(directory, `${project}-`));
      await writeFile(join(place, 'meltano.yml'), text);
      await importAgain(app, place, project);
      await roundTrip(project, steps);
    }),
    { numRuns: 8, interruptAfterTimeLimit: 60_000 },
  );
});
