import { describe, expect, test } from 'vitest';
import { isSensitive, looksSensitive } from '../../src/manifest/sensitivity.ts';
import { settingEnvName } from '../../src/manifest/setting-env-name.ts';

describe('a setting is sensitive', () => {
  test.each([
    [{ kind: null, sensitive: true }, true],
    [{ kind: 'password', sensitive: false }, true],
    [{ kind: 'oauth', sensitive: false }, true],
    [{ kind: 'string', sensitive: false }, false],
    [{ kind: null, sensitive: false }, false],
  ])('%o: %s', (setting, expected) => {
    expect(isSensitive(setting)).toBe(expected);
  });
});

describe('a name sounds like that of a secret', () => {
  test.each([
    ...['password', 'db_password', 'PGPASSWORD', 'passwd', 'SUPERSET_PASS', 'user.passphrase', 'pwd'],
    ...['secret', 'client_secret', 'clientSecret', 'clientsecret', 'secrets', 'secret_key', 'webhook_secret'],
    ...['token', 'auth_token', 'accessToken', 'ACCESS_TOKEN', 'refresh-token', 'bearer_token', 'sas_token'],
    ...['api_key', 'apikey', 'API-KEY', 'apiKey', 'aws_access_key_id', 'private_key', 'privateKeyPem'],
    ...['account_key', 'encryption_key', 'AIRFLOW__CORE__FERNET_KEY', 'ssh_key', 'credentials', 'creds'],
    ...[
      'credentials.client_id',
      'credentials_json',
      'auth',
      'basic_auth',
      'authorization',
      'headers.Authorization',
    ],
    ...[
      'sqlalchemy_url',
      'database_uri',
      'connection_string',
      'dsn',
      'session_cookie',
      'private_key_passphrase',
    ],
  ])('%s', (name) => {
    expect(looksSensitive(name)).toBe(true);
  });

  test.each([
    ...[
      'host',
      'user',
      'username',
      'schema',
      'start_date',
      'key_properties',
      'primary_keys',
      'replication_key',
    ],
    ...[
      'auth_method',
      'auth_type',
      'auth_url',
      'token_url',
      'token_uri',
      'next_page_token_path',
      'password_field',
    ],
    ...[
      'max_tokens',
      'num_tokens',
      'tokenizer',
      'token_expiry',
      'author',
      'authors',
      'authority',
      'oauth_scopes',
    ],
    ...[
      'compass',
      'passenger',
      'bypass',
      'pass_through',
      'monkey',
      'key',
      'keys',
      'api_url',
      'keyboard',
      'secretary',
    ],
    ...['credentials_path', 'private_key_file', 'api_key_name', 'secret_name', '', '...'],
  ])('%s does not', (name) => {
    expect(looksSensitive(name)).toBe(false);
  });

  test('quickly, however long it is', () => {
    expect(looksSensitive('a'.repeat(1_000_000))).toBe(false);
    expect(looksSensitive('max a '.repeat(100_000))).toBe(false);
  });
});

test.each([
  ['tap-x', 'start_date', 'TAP_X_START_DATE'],
  ['tap-x', '_select', 'TAP_X__SELECT'],
  ['tap-x--eu', 'api.page-size', 'TAP_X__EU_API_PAGE_SIZE'],
])('the variable of %s %s is %s', (plugin, setting, expected) => {
  expect(settingEnvName({ name: plugin }, { name: setting })).toBe(expected);
});
