import { describe, expect, test } from 'vitest';
import {
  canBeSecret,
  isNothingButVariables,
  looksSensitive,
  replaceVariables,
  secretSettings,
  secretVariables,
  secretVariablesOf,
  variablesIn,
} from '../../../src/domain/secrets/what-is-secret.ts';
import { isSensitive } from '../../../src/manifest/sections/settings.ts';
import { settingEnvName } from '../../../src/manifest/setting-env-name.ts';
import { plugin, read } from '../../manifest/kit.ts';

describe('a setting is sensitive', () => {
  test.each<[Parameters<typeof isSensitive>[0], boolean]>([
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
    ...['cred', 'SSHKey', 'max_tokens_value', 'token_prototype', 'token_typed'],
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
    ...['credentials_path', 'private_key_file', 'api_key_name', 'secret_name', '', '...', 'oauth'],
    ...['token_scope', 'token_second', 'token_minute', 'token_hour', 'token_day', 'token_type_'],
    ...['max_output_tokens', 'max_token', 'per_token', 'database_url_path'],
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
    ...['x://${A}@h?a=1&token=word', 'x://${A}@h?token=${B}=${C}', '$Password'],
    ...['x://${A}@h,y:word@h', 'x://${A}@h?password=word', 'x://${A}@h?token=$word', 'https://${A}@h#word'],
  ])('%s has more than variables', (text) => {
    expect(canBeSecret(text)).toBe(true);
  });

  test('where Meltano takes a value as it is, only braces mean a variable', () => {
    expect(canBeSecret('${PASSWORD}', { isExpanded: false })).toBe(false);
    expect(canBeSecret('$ECRET', { isExpanded: false })).toBe(true);
    expect(canBeSecret(['$ECRET'], { isExpanded: false })).toBe(true);
    expect(canBeSecret({ a: '$ECRET' }, { isExpanded: false })).toBe(true);
    expect(isNothingButVariables('$ECRET')).toBe(true);
    expect(isNothingButVariables('$ECRET', false)).toBe(false);
  });

  test('one part that is a secret is enough', () => {
    expect(canBeSecret(['${A}', 'word', '${B}'])).toBe(true);
    expect(canBeSecret({ a: '${A}', b: ['word'], c: '${B}' })).toBe(true);
    expect(canBeSecret([{}, [], '${A}', null, false])).toBe(false);
    expect(canBeSecret([0])).toBe(true);
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

test('the variables in a text are found, and replaced', () => {
  const text = 'x $A_1:${b}/$$C ${} $d ${D';
  expect(variablesIn(text)).toEqual(['A_1', 'b', 'C']);
  expect(variablesIn('none')).toEqual([]);
  expect(replaceVariables(text, (name) => `<${name}>`)).toBe('x <A_1>:<b>/$<C> ${} $d ${D');
});

const doors = `plugins:
  extractors:
  - name: tap-a
    namespace: house
    settings:
    - {name: door, sensitive: true, aliases: [gate]}
    - {name: room}
    - {name: pin_token}
`;

test('the secret settings of a plugin are those that its definition says, with their parts, and those that sound so', async () => {
  const isSecret = secretSettings(plugin(await read(doors), 'tap-a'));
  const names = [
    'door',
    'door.lock',
    'door.lock.code',
    'gate',
    'gate.code',
    'pin_token',
    'password',
    'x.token',
  ];
  expect(names.filter((name) => !isSecret(name))).toEqual([]);
  expect(
    ['room', 'doors', 'doorx', 'doo', 'door_lock', 'x.door', 'room.door', 'a.b.c'].filter(isSecret),
  ).toEqual([]);
  expect(['door', 'token'].map(secretSettings(undefined))).toEqual([false, true]);
});

test('the secret variables of a project are those of such settings', async () => {
  const isSecret = secretVariablesOf(await read(doors));
  const names = ['TAP_A_DOOR', 'TAP_A_GATE', 'HOUSE_DOOR', 'TAP_A_DOOR_LOCK', 'TAP_A_PIN_TOKEN', 'MY_TOKEN'];
  expect(names.filter((name) => !isSecret(name))).toEqual([]);
  expect(['TAP_A_ROOM', 'TAP_A_DOORS', 'TAP_A', 'TAP_B_DOOR', 'DOOR'].filter(isSecret)).toEqual([]);
  expect(['A_B', 'A_B_C', 'A_BC', 'A'].map(secretVariables(['A_B']))).toEqual([true, true, false, false]);
});
