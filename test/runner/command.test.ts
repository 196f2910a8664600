import { expect, test } from 'vitest';
import {
  installCommandLines,
  pluginTestCommandLine,
  runCommandLine,
  testCommandLine,
} from '../../src/runner/command.ts';

const command = {
  environment: 'dev',
  blocks: ['tap-a', 'target-b'],
  runId: 'id',
  databaseUri: 'sqlite:////d',
};

test('a run without options has only what is always given', () => {
  expect(runCommandLine(command)).toEqual([
    ...['--log-format=json', '--log-level=info', '--environment=dev'],
    ...[
      'run',
      '--no-install',
      '--force',
      '--run-id=id',
      '--database-uri=sqlite:////d',
      '--',
      'tap-a',
      'target-b',
    ],
  ]);
});

test('each option has its flag', () => {
  const options = {
    fullRefresh: true,
    refreshCatalog: true,
    noStateUpdate: true,
    stateIdSuffix: 'eu',
  } as const;
  const line = runCommandLine({
    ...command,
    options: { ...options, stateStrategy: 'MERGE' },
    logLevel: 'DEBUG',
  });
  expect(line).toEqual(
    expect.arrayContaining([
      ...['--full-refresh', '--refresh-catalog', '--no-state-update', '--state-id-suffix=eu'],
      ...['--state-strategy=merge', '--log-level=debug'],
    ]),
  );
});

test('false and null options have none', () => {
  const options = { fullRefresh: false, refreshCatalog: false, noStateUpdate: false, stateIdSuffix: null };
  expect(runCommandLine({ ...command, options })).toEqual(runCommandLine(command));
});

test('no name is read as an option', () => {
  const line = runCommandLine({ ...command, environment: '--help', blocks: ['--full-refresh', '--'] });
  expect(line.slice(line.indexOf('--'))).toEqual(['--', '--full-refresh', '--']);
  expect(line).toContain('--environment=--help');
  expect(runCommandLine({ ...command, options: { stateIdSuffix: '-x' } })).toContain('--state-id-suffix=-x');
});

test('an installation has one command for each plugin type', () => {
  const plugins = [
    { type: 'loaders', name: 'target-b' },
    { type: 'extractors', name: 'tap-a' },
    { type: 'extractors', name: '--clean' },
  ] as const;
  expect(installCommandLines({ plugins, databaseUri: 'd' }).map((line) => line.slice(4))).toEqual([
    ['--plugin-type=extractors', '--', 'tap-a', '--clean'],
    ['--plugin-type=loaders', '--', 'target-b'],
  ]);
  expect(installCommandLines({ plugins: 'ALL', databaseUri: 'd', clean: true })).toEqual([
    ['--log-format=json', '--log-level=info', 'install', '--database-uri=d', '--clean'],
  ]);
  expect(installCommandLines({ plugins: [], databaseUri: 'd' })).toEqual([]);
});

test('tests are named one by one, and none of them is read as an option', () => {
  const line = testCommandLine({ environment: 'dev', tests: ['dbt:test', '--all'], databaseUri: 'd' });
  expect(line).toEqual([
    ...['--log-format=json', '--log-level=info', '--environment=dev', 'test', '--no-install'],
    ...['--database-uri=d', '--', 'dbt:test', '--all'],
  ]);
});

test('the test of a configuration names its environment', () => {
  const line = pluginTestCommandLine({ environment: 'dev', plugin: 'tap-a', databaseUri: 'd' });
  expect(line).toEqual([
    ...['--log-format=json', '--log-level=info', '--environment=dev', 'config', 'test', '--no-install'],
    ...['--database-uri=d', '--', 'tap-a'],
  ]);
});
