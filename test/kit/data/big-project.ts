import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The size of a project. Each environment has all of its jobs. */
export interface Size {
  jobs: number;
  environments: number;
  extractors: number;
  loaders: number;
  schedules: number;
}

/** A project like that of a company after some years. */
export const large: Size = { jobs: 300, environments: 5, extractors: 60, loaders: 10, schedules: 100 };

/** Names of `count` things, such as `job-001`. */
export function numbered(kind: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${kind}-${String(i + 1).padStart(3, '0')}`);
}

/** Writes a project of a given size into a directory. Extractors, jobs and the rest are in separate files. */
export async function writeBigProject(directory: string, size: Size = large): Promise<void> {
  const { environments, jobs, extractors, loaders, schedules } = size;
  await mkdir(join(directory, 'parts'), { recursive: true });
  const files = {
    'meltano.yml': [
      'version: 1',
      'default_environment: env-001',
      'include_paths: [./parts/*.yml]',
      'environments:',
      ...numbered('env', environments).flatMap((name) => [
        `  - name: ${name}`,
        `    env: { STAGE: ${name} }`,
        '    config:',
        '      plugins:',
        '        extractors:',
        `          - { name: tap-001, config: { start_date: '2026-01-01', page_size: 100 } }`,
      ]),
      'plugins:',
      '  loaders:',
      ...numbered('target', loaders).flatMap((name) => plugin(name, ['target-schema'])),
      '  utilities:',
      '    - name: dbt',
      '      namespace: dbt',
      '      pip_url: dbt-core==1.8.0',
      '      commands: { run: run, test: { args: test, description: Tests the models. } }',
    ],
    'parts/extractors.meltano.yml': [
      'plugins:',
      '  extractors:',
      ...numbered('tap', extractors).flatMap((name) => plugin(name, ['catalog', 'discover', 'state'])),
    ],
    'parts/jobs.meltano.yml': [
      'jobs:',
      ...numbered('job', jobs).flatMap((name, i) => [
        `  - name: ${name}`,
        '    tasks:',
        `      - ${numbered('tap', extractors)[i % extractors] ?? ''} ${numbered('target', loaders)[i % loaders] ?? ''}`,
        '      - dbt:run',
      ]),
      'schedules:',
      ...numbered('schedule', schedules).map(
        (name, i) =>
          `  - { name: ${name}, interval: '@daily', job: ${numbered('job', jobs)[i % jobs] ?? ''} }`,
      ),
    ],
  };
  for (const [file, lines] of Object.entries(files)) {
    await writeFile(join(directory, file), `${lines.join('\n')}\n`);
  }
}

function plugin(name: string, capabilities: string[]): string[] {
  return [
    `    - name: ${name}`,
    `      namespace: ${name.replaceAll('-', '_')}`,
    `      pip_url: ${name}==1.0.0`,
    `      capabilities: [${capabilities.join(', ')}]`,
    '      settings:',
    '        - { name: start_date, kind: date_iso8601, description: How far back to go. }',
    '        - { name: page_size, kind: integer, value: 500 }',
    '        - { name: api_key, kind: string, sensitive: true }',
    `      config: { start_date: '2025-01-01', api_key: $API_KEY }`,
  ];
}
