import { documents, gateway, postgraphile, type DocumentName } from './documents.ts';
import type { Sample } from './sample.ts';

/** The servers that are compared, in the order of the table. */
export const serverNames = ['gateway', 'postgraphile', 'ceiling'] as const;
export type ServerName = (typeof serverNames)[number];

/** A row by its type and UUID, or a position in a list by the UUID of its run, or a plain value. */
type Value = { node: string; id: string } | { after: string } | string;

/** One call of an operation. */
export interface Call {
  document: DocumentName;
  variables: Record<string, Value>;
}

/** What is measured as one: calls that are sent in turn. */
export interface Operation {
  key: string;
  title: string;
  calls: readonly Call[];
}

/** An HTTP request, always a POST. */
export interface Request {
  path: string;
  body: string;
}

/** The operations with the values of a seeded database. */
export function operations(sample: Sample): Operation[] {
  const one = (document: DocumentName, variables: Call['variables'] = {}): Call => ({ document, variables });
  const of = (node: string, id: string): { id: Value } => ({ id: { node, id } });
  // The first is the hot job's environment, and the newest run of that job.
  const environments = sample.mixed.map(({ environment }) => environment);
  const runs = sample.mixed.map(({ run }) => run);
  const deep = { after: sample.deepRun };
  const page: Call['variables'] = { ...of('Environment', sample.environment), status: 'FAILED', after: deep };
  return [
    { key: 'a', title: 'one run by id', calls: runs.map((run) => one('run', of('Run', run))) },
    {
      key: 'b',
      title: 'a page of 20 jobs',
      calls: environments.map((id) => one('jobs', of('Environment', id))),
    },
    {
      key: 'c',
      title: '20 jobs × 5 newest runs',
      calls: environments.map((id) => one('jobsWithRuns', of('Environment', id))),
    },
    { key: 'd', title: 'the tree: 10 × 3 × 5 × 5', calls: [one('tree')] },
    { key: 'e', title: '20 failed runs, two-thirds deep', calls: [one('runsOfStatus', page)] },
    {
      key: 'f',
      title: 'a run, 100 lines, metrics',
      calls: runs.map((run) => one('runWithLogs', of('Run', run))),
    },
    {
      key: 'g',
      title: 'ten operations mixed',
      calls: sample.mixed.flatMap(({ project, environment, job, run, state }, i) => [
        one('projects'),
        one('environments', of('Project', project)),
        one('environment', of('Environment', environment)),
        one('job', of('Job', job)),
        one('runInContext', of('Run', run)),
        one('newestRuns', { ...of('Environment', environment), status: i % 2 ? 'SUCCEEDED' : 'FAILED' }),
        one('logs', of('Run', run)),
        one('states', of('Environment', environment)),
        one('stateVersions', of('State', state)),
        one('schedules', of('Environment', environment)),
      ]),
    },
  ];
}

const texts = { gateway: documents(gateway), postgraphile: documents(postgraphile) };

/**
 * How calls are put as requests.
 *
 * @param orderDigest what PostGraphile's cursors begin with in lists of runs, the newest first
 */
export function requests(orderDigest: string): (server: ServerName, call: Call) => Request {
  return (server, { document, variables }) => {
    const values = Object.entries(variables).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : encodings[server](value, orderDigest),
    ]);
    const object = Object.fromEntries(values) as Record<string, string>;
    return server === 'ceiling'
      ? { path: `/${document}`, body: JSON.stringify(Object.values(object)) }
      : { path: '/graphql', body: JSON.stringify({ query: texts[server][document], variables: object }) };
  };
}

type Encode = (value: Exclude<Value, string>, orderDigest: string) => string;

const encodings: Record<ServerName, Encode> = {
  gateway: (value) =>
    'node' in value
      ? Buffer.from(`${value.node}:${value.id}`).toString('base64url')
      : Buffer.from(JSON.stringify({ id: value.after })).toString('base64url'),
  postgraphile: (value, orderDigest) =>
    Buffer.from(
      JSON.stringify('node' in value ? [value.node, value.id] : [orderDigest, value.after]),
    ).toString('base64'),
  ceiling: (value) => ('node' in value ? value.id : value.after),
};
