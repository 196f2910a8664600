import type { Sample } from '../seed/sample.ts';
import { lookUps, type DocumentName } from './documents.ts';
import type { Call, Value } from './requests.ts';

/** What is measured as one: calls that are sent in turn. */
export interface Operation {
  key: string;
  title: string;
  calls: readonly Call[];
}

const typeKeys = { Project: 'project', Environment: 'environment', Job: 'job', Run: 'run' } as const;

/** The operations with the values of a seeded database. */
export function operations(sample: Sample): Operation[] {
  const one = (document: DocumentName, variables: Call['variables'] = {}): Call => ({ document, variables });
  const of = (node: string, id: string): { id: Value } => ({ id: { node, id } });
  // The first is the hot job's environment, and the newest run of that job.
  const environments = sample.mixed.map(({ environment }) => environment);
  const runs = sample.mixed.map(({ run }) => run);
  const deep = { position: sample.deepRun };
  const failed: Call['variables'] = { ...of('Environment', sample.environment), status: 'FAILED' };
  const rows = lookUps.map(({ alias, type, i }) => {
    const { [typeKeys[type]]: id = '' } = sample.mixed[i % sample.mixed.length] ?? {};
    return [alias, { node: type, id }] as const;
  });
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
    {
      key: 'e',
      title: '20 failed runs, two-thirds deep',
      calls: [one('runsOfStatus', { ...failed, after: deep })],
    },
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
    { key: 'h', title: 'the dashboard', calls: [one('dashboard')] },
    {
      key: 'i',
      title: 'the 20 failed runs before those',
      calls: [one('runsBefore', { ...failed, before: deep })],
    },
    { key: 'j', title: 'forty aliases', calls: [one('lookUps', Object.fromEntries(rows))] },
    {
      key: 'k',
      title: '(b), each time another document',
      calls: environments.map((id) => one('unknownJobs', of('Environment', id))),
    },
  ];
}
