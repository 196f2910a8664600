import { describe, expect, test } from 'vitest';
import { canBeSecret, looksSensitive } from '../../../src/domain/secrets/what-is-secret.ts';
import { isSensitive } from '../../../src/manifest/sections/settings.ts';
import { settingEnvName } from '../../../src/manifest/setting-env-name.ts';

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
      'tokens_per_minute',
      'tokens_per_request_limit',
      'password_expires_in',
      'token_refresh_interval',
      'token_ttl_seconds',
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

describe('a value that is nothing but variables is no secret', () => {
  test.each([
    ...['$PASSWORD', '${password}', '${A}${B}', '${A}:${B}', '$A/$B', 'Bearer ${TOKEN}', 'Basic $A:$B'],
    ...[
      'postgresql://${U}:${P}@host',
      'postgresql://$U:$P@${HOST}:5432/${DB}',
      'x+y://${A}@h/d?sslmode=require',
    ],
    ...['snowflake://${U}:${P}@account/db?role=x&password=${P}', '', 'true', 'False'],
  ])('%s', (text) => {
    expect(canBeSecret(text)).toBe(false);
  });

  test.each([
    ...[
      '$Passw0rd',
      '$ecret',
      '\\${PASSWORD}',
      '\\$PASSWORD',
      '${A',
      '$',
      '${}',
      'a${B}',
      '${A}1',
      'bearer x${A}',
    ],
    ...['postgresql://${U}:word@host', 'postgresql://user:${P}@host', 'https://host/${A}'],
    ...['x://${A}@h,y:word@h', 'x://${A}@h?password=word', 'x://${A}@h?token=$word', 'https://${A}@h#word'],
  ])('%s has more than variables', (text) => {
    expect(canBeSecret(text)).toBe(true);
  });

  test('where Meltano takes a value as it is, only braces mean a variable', () => {
    expect(canBeSecret('${PASSWORD}', { isExpanded: false })).toBe(false);
    expect(canBeSecret('$ECRET', { isExpanded: false })).toBe(true);
  });

  test('quickly, however long it is', () => {
    for (const part of ['$A:', '${A', 'a://', '${A}@', 'x://${A}:@', '&token=']) {
      expect(canBeSecret(`x://${part.repeat(300_000)}`)).toBe(true);
    }
  });
});

test.each([
  ['tap-x', 'start_date', 'TAP_X_START_DATE'],
  ['tap-x', '_select', 'TAP_X__SELECT'],
  ['tap-x--eu', 'api.page-size', 'TAP_X__EU_API_PAGE_SIZE'],
])('the variable of %s %s is %s', (plugin, setting, expected) => {
  expect(settingEnvName({ name: plugin }, { name: setting })).toBe(expected);
});
