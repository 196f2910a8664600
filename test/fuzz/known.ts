import type { TestApp } from '../kit/app.ts';
import { done } from '../kit/verbs/call.ts';
import { state as document } from './hostile.ts';

/** Texts that name what the gateway has at this moment. */
export interface Known {
  /** Names, paths, ids, etags and cursors, by the name of an argument; `''` has those of all. */
  named: ReadonlyMap<string, readonly string[]>;
}

/** Hands out what is known when a value is made, since it changes during a run. */
export type KnownNow = () => Known;

/** The names of arguments for which something is known. */
export const namedKeys: ReadonlySet<string> = new Set([
  ...['project', 'environment', 'plugin', 'job', 'schedule', 'service', 'state', 'run', 'ref', 'id', 'ids'],
  ...['plugins', 'jobs', 'schedules', 'services', 'states', 'runs', 'name', 'stateId', 'ifMatch'],
  ...[
    'after',
    'before',
    'command',
    'blocks',
    'tests',
    'interval',
    'timeZone',
    'defaultEnvironment',
    'inheritFrom',
  ],
  ...['pattern', 'pair', 'clientRequestId', 'stateIdSuffix'],
]);

const text = `
default_environment: dev
environments:
  - { name: dev, config: { plugins: { extractors: [{ name: tap-a, config: { path: x } }] } } }
  - { name: prod, state_id_suffix: eu, env: { MODE: x } }
plugins:
  extractors:
    - name: tap-a
      namespace: tap_a
      pip_url: tap-a
      capabilities: [catalog, discover, state]
      settings: [{ name: path }, { name: pin, sensitive: true }, { name: deep.er, kind: integer }]
      config: { path: in.csv, pin: '1234' }
      select: ['orders.*']
    - { name: tap-b, inherit_from: tap-a }
  loaders: [{ name: target-a, namespace: target_a, pip_url: target-a }]
  mappers: [{ name: map-a, namespace: map_a, mappings: [{ name: hide }] }]
  utilities: [{ name: tool, namespace: tool, commands: { go: x, test: y } }]
jobs:
  - { name: load, tasks: [tap-a hide target-a, 'tool:go'] }
  - { name: other, tasks: [[tap-b, target-a]] }
schedules:
  - { name: nightly, interval: '@daily', job: load, env: { TAP_A_PATH: y } }
`;

interface Row {
  id: string;
  path?: string;
  name?: string;
  stateId?: string;
  etag?: string;
}

/** Makes a new managed project with something of everything, and tells what names it has. */
export async function makeKnown(app: TestApp, number: number): Promise<Known> {
  const project = `fuzz-${number}`;
  const dev = `${project}/dev`;
  await done(app, 'createProject', { name: project, text }, 'project { id }');
  const state = { environment: dev, stateId: 'dev:tap-a-to-target-a', document: { json: document } };
  await done(app, 'setState', state, 'state { id }');
  await done(app, 'createService', { environment: dev, name: 'tool', command: 'tool:go' }, 'service { id }');
  const made = await done<{ run: { id: string } }>(app, 'runJob', { job: `${dev}/load` }, 'run { id }');
  await done(app, 'cancelRun', { run: made.run.id }, 'run { id }');
  await done(app, 'runJob', { job: `${dev}/other` }, 'run { id }');
  await done(app, 'runJobs', { filter: { environment: dev } }, 'operation { id }');
  return read(app, project);
}

async function read(app: TestApp, name: string): Promise<Known> {
  const list = (field: string, columns: string): string =>
    `${field} { pageInfo { endCursor } nodes { id ${columns} } }`;
  const { project, bulkOperations } = await app.query<Record<string, Record<string, unknown>>>(
    `query ($name: ID!) {
      bulkOperations(last: 1) { nodes { id } }
      project(ref: $name) { id path name etag ${list('plugins', 'path name etag')} ${list('environments', 'path name etag')}
        environment(name: "dev") { ${list('jobs', 'path name etag')} ${list('schedules', 'path name etag')}
          ${list('services', 'path name etag')} ${list('states', 'path stateId etag')} ${list('runs', '')} } } }`,
    { name },
  );
  const named = new Map<string, string[]>();
  const add = (key: string, values: (string | undefined)[]): void => {
    const known = values.filter((value) => value !== undefined);
    named.set(key, [...(named.get(key) ?? []), ...known]);
    named.set('', [...(named.get('') ?? []), ...known]);
  };
  const note = (key: string, { id, path, name: own, stateId, etag }: Row): void => {
    add(key, [id, path]);
    add('ref', [id, path]);
    add('id', [id]);
    add('ids', [id]);
    add('name', [own]);
    add('stateId', [stateId]);
    add('ifMatch', [etag]);
  };
  const lists = { ...project, ...(project?.environment as object) } as Record<string, unknown>;
  note('project', project as unknown as Row);
  for (const [key, list] of Object.entries(lists)) {
    const { nodes = [], pageInfo } = (list ?? {}) as { nodes?: Row[]; pageInfo?: { endCursor: string } };
    for (const row of nodes) {
      note(key.slice(0, -1), row);
      note(key, row);
    }
    if (pageInfo) add('after', [pageInfo.endCursor]);
    if (pageInfo) add('before', [pageInfo.endCursor]);
  }
  for (const operation of (bulkOperations?.nodes ?? []) as Row[]) add('id', [operation.id]);
  add('command', ['tap-a target-a', 'tool:go', 'tap-a hide target-a tool']);
  add('blocks', ['tap-a', 'target-a', 'tool:go', 'hide']);
  add('tests', ['tool:test']);
  add('interval', ['@daily', '5 4 * * 1-5']);
  add('timeZone', ['UTC', 'Europe/Berlin']);
  add('defaultEnvironment', ['dev', 'prod']);
  add('inheritFrom', ['tap-a']);
  add('pattern', ['*', 'dev:*', 't??l']);
  add('pair', ['tap-a-to-target-a']);
  add('clientRequestId', ['one', 'two']);
  add('stateIdSuffix', ['eu', 'x']);
  add('name', ['new-1', 'new-2', 'new-3', 'new-4', 'A_NAME', 'B_NAME']);
  return { named };
}
