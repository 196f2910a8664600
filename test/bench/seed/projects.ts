import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** How many projects there are, environments in each, and jobs in each environment. */
export const graph = { projects: 10, environments: ['dev', 'prod', 'staging'], jobs: 20 } as const;

const twoDigits = (index: number): string => String(index + 1).padStart(2, '0');

/** Name of the project at a position, from 0. */
export const projectName = (index: number): string => `project-${twoDigits(index)}`;

/**
 * Writes the projects that the gateway serves, each a directory of that name: every job has an extractor
 * of its own, and a schedule.
 *
 * @returns the directories
 */
export async function writeProjects(parent: string): Promise<string[]> {
  const directories = Array.from({ length: graph.projects }, (_, index) => join(parent, projectName(index)));
  for (const directory of directories) {
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'meltano.yml'), manifest());
  }
  return directories;
}

function manifest(): string {
  const jobs = Array.from({ length: graph.jobs }, (_, index) => twoDigits(index));
  return [
    'version: 1',
    'default_environment: dev',
    'environments:',
    ...graph.environments.map((name) => `  - name: ${name}`),
    'plugins:',
    '  extractors:',
    ...jobs.flatMap((job) => [
      `    - name: tap-${job}`,
      `      namespace: tap_${job}`,
      `      pip_url: tap-${job}==1.0`,
      `      capabilities: [catalog, discover, state]`,
      `      settings: [{ name: start_date, kind: date_iso8601 }, { name: page_size, kind: integer }]`,
      `      config: { start_date: '2024-01-01', page_size: 500 }`,
    ]),
    '  loaders:',
    '    - name: target-postgres',
    '      namespace: target_postgres',
    '      pip_url: target-postgres==1.0',
    'jobs:',
    ...jobs.map((job) => `  - { name: job-${job}, tasks: [tap-${job} target-postgres] }`),
    'schedules:',
    ...jobs.map((job) => `  - { name: nightly-${job}, interval: '@daily', job: job-${job} }`),
    '',
  ].join('\n');
}
