import { expect, test } from 'vitest';
import { childEnvironment, isReservedName } from '../../src/runner/environment.ts';
import { runDirectoryAt } from '../../src/runner/run-directory.ts';

const child = {
  purpose: 'RUN',
  baseEnv: {},
  projectDirectory: '/project',
  directory: runDirectoryAt('/runs/one'),
  runId: 'id',
} as const;

test('a child inherits what is listed and nothing else', () => {
  const baseEnv = {
    ...{ PATH: '/bin', LC_ALL: 'C', https_proxy: 'http://proxy', TAP_A_KEY: 'k', TARGET_B_KEY: 'k' },
    ...{
      DATABASE_URL: 'postgres://secret',
      AWS_SECRET_ACCESS_KEY: 's',
      PIP_INDEX_URL: 'i',
      UNSET: undefined,
    },
  };
  const env = childEnvironment({ ...child, baseEnv, passEnv: ['TAP_*', 'UNSET', '*'] });
  expect(env).toMatchObject({ PATH: '/bin', LC_ALL: 'C', https_proxy: 'http://proxy', TAP_A_KEY: 'k' });
  for (const name of ['DATABASE_URL', 'AWS_SECRET_ACCESS_KEY', 'TARGET_B_KEY', 'PIP_INDEX_URL', 'UNSET']) {
    expect(env).not.toHaveProperty(name);
  }
});

test('only an installation sees the package index, and works in the system directory of the project', () => {
  const env = childEnvironment({
    ...child,
    purpose: 'INSTALL',
    baseEnv: { PIP_INDEX_URL: 'i', UV_INDEX: 'u' },
  });
  expect(env).toMatchObject({ PIP_INDEX_URL: 'i', UV_INDEX: 'u' });
  expect(env).not.toHaveProperty('MELTANO_SYS_DIR_ROOT');
});

test('what keeps a run private cannot be overridden by the environment or by the run', () => {
  const wrong = {
    ...{
      MELTANO_DATABASE_URI: 'x',
      MELTANO_STATE_BACKEND_URI: 'x',
      MELTANO_SYS_DIR_ROOT: 'x',
      XDG_STATE_HOME: 'x',
    },
    ...{ MELTANO_PROJECT_ROOT: 'x', MELTANO_CLI_LOG_CONFIG: 'x', MELTANO_RUN_FULL_REFRESH: '1', NO_UTC: '1' },
    ...{ MELTANO_STATE_BACKEND_S3_AWS_ACCESS_KEY_ID: 'x', MELTANO_RUN_ID: 'x', MELTANO_JOB_TRIGGER: 'x' },
  };
  const names = Object.keys(wrong);
  expect(names.filter((name) => !isReservedName(name))).toEqual([]);
  expect(childEnvironment({ ...child, baseEnv: wrong, passEnv: names, env: wrong })).toEqual(
    childEnvironment(child),
  );
});

test('the variables of the run win over inherited ones', () => {
  const env = childEnvironment({
    ...child,
    baseEnv: { TZ: 'UTC' },
    env: { TZ: 'Asia/Tokyo', TAP_A_ROWS: '3' },
  });
  expect(env).toMatchObject({ TZ: 'Asia/Tokyo', TAP_A_ROWS: '3' });
});

test('a run is quiet, private and marked', () => {
  expect(childEnvironment({ ...child, trigger: 'schedule:nightly' })).toEqual({
    MELTANO_CLI_DISABLE_VERSION_CHECK: '1',
    MELTANO_CLI_LOG_CONFIG: '/runs/one/no-logging.yaml',
    MELTANO_CLI_LOG_FORMAT: 'json',
    MELTANO_DATABASE_URI: 'sqlite:////runs/one/meltano.db',
    MELTANO_DISABLE_TRACKING: 'true',
    MELTANO_JOB_TRIGGER: 'schedule:nightly',
    MELTANO_PROJECT_READONLY: '1',
    MELTANO_PROJECT_ROOT: '/project',
    MELTANO_RUN_ID: 'id',
    MELTANO_SEND_ANONYMOUS_USAGE_STATS: 'false',
    MELTANO_STATE_BACKEND_URI: 'file:///runs/one/state',
    MELTANO_SYS_DIR_ROOT: '/runs/one/system',
    NO_COLOR: '1',
    PYTHONUNBUFFERED: '1',
    XDG_STATE_HOME: '/runs/one/logs',
  });
});
