import { describe, expect, test } from 'vitest';
import { readManifest } from '../../src/manifest/read-manifest.ts';
import { fixture, plugin } from './kit.ts';

describe('a project of one file', async () => {
  const shop = await readManifest(fixture('shop'));

  test('has its head, with the values of `env` as the text that Python makes of them', () => {
    expect(shop).toMatchObject({
      directory: fixture('shop'),
      files: ['meltano.yml'],
      projectId: '3f0c5a4e-6d0b-4c7e-9a55-0d6f4f1f6d11',
      defaultEnvironment: 'dev',
      requiresMeltano: '>=4.0',
      env: { SHOP_REGION: 'eu-north', SHOP_WORKERS: '4', SHOP_RATE: '1.5', SHOP_DRY_RUN: 'False' },
      warnings: [],
    });
  });

  test('has every other key at the top as a setting, but no annotations', () => {
    expect(shop.settings).toEqual({
      default_environment: 'dev',
      project_id: '3f0c5a4e-6d0b-4c7e-9a55-0d6f4f1f6d11',
      send_anonymous_usage_stats: false,
      'elt.buffer_size': 52428800,
      state_backend: { lock_timeout_seconds: 20 },
    });
  });

  test('has environments, with what they set for plugins', () => {
    expect(shop.environments).toMatchObject([
      {
        name: 'dev',
        env: { SHOP_BUCKET: 'shop-$MELTANO_ENVIRONMENT' },
        stateIdSuffix: null,
        pluginConfig: [],
      },
      {
        name: 'prod',
        env: { SHOP_BUCKET: 'shop-live', SHOP_WORKERS: '16' },
        stateIdSuffix: '${SHOP_REGION}',
        annotations: { tier: 'gold' },
        pluginConfig: [
          {
            type: 'EXTRACTOR',
            name: 'tap-orders',
            config: { 'api.page_size': 500 },
            env: { ORDERS_DEBUG: 'off' },
            extras: { select: ['orders.*'] },
          },
          { type: 'EXTRACTOR', name: 'tap-orders--returns', config: { api: { timeout: 5 } } },
          { type: 'LOADER', name: 'target-warehouse', config: { schema: 'live' }, env: {}, extras: {} },
        ],
      },
    ]);
  });

  test('has a custom plugin, with values as Meltano reads them', () => {
    expect(plugin(shop, 'tap-orders')).toMatchObject({
      type: 'EXTRACTOR',
      definition: 'CUSTOM',
      namespace: 'tap_orders',
      label: 'Orders',
      description: 'What customers bought.',
      docs: 'https://example.com/orders',
      executable: 'bin/tap-orders',
      pipUrl: null,
      capabilities: ['catalog', 'discover', 'state'],
      settingGroups: [['api_key', 'api.url'], ['login']],
      config: {
        api: { page_size: 250, url: 'https://orders.example.com/v1' },
        start_date: '2024-01-01',
        since: '2024-01-01T06:30:00Z',
        retries: 1000,
        octal: 15,
        padded: 17,
        enabled: 'yes',
        tax: 0.25,
      },
      extras: {
        select: ['orders.*', '!orders.card_number'],
        metadata: { orders: { 'replication-method': 'INCREMENTAL', 'replication-key': 'changed_at' } },
      },
      extraDefaults: {},
    });
  });

  test('has the definitions of settings', () => {
    const blank = {
      aliases: [],
      label: null,
      description: null,
      kind: null,
      value: null,
      options: [],
      env: null,
    };
    expect(plugin(shop, 'tap-orders').settings).toEqual([
      { ...blank, name: 'api_key', label: 'Key of the API', sensitive: true },
      { ...blank, name: 'api.page_size', kind: 'integer', value: 100, sensitive: false },
      { ...blank, name: 'api.url', aliases: ['endpoint'], env: 'ORDERS_URL', sensitive: false },
      { ...blank, name: 'login', kind: 'password', sensitive: true },
      {
        ...blank,
        name: 'mode',
        kind: 'options',
        options: [
          { label: 'Full', value: 'full' },
          { label: 'Changes', value: 'changes' },
        ],
        sensitive: false,
      },
    ]);
  });

  test('lets a mapping take over another by `<<`, its own keys first', () => {
    const carts = plugin(shop, 'tap-carts');
    expect(carts).toMatchObject({
      namespace: 'tap_carts',
      executable: 'bin/tap-orders',
      definition: 'CUSTOM',
    });
    expect(carts.config).toEqual({ ...plugin(shop, 'tap-orders').config, retries: 3 });
    expect(carts.settings).toEqual(plugin(shop, 'tap-orders').settings);
  });

  test('has mappings at their mapper and nowhere else', () => {
    expect(plugin(shop, 'map-people')).toMatchObject({
      type: 'MAPPER',
      mappings: [
        {
          name: 'hide-names',
          config: { stream_maps: { orders: { customer: null, total: 'float(total)' } } },
        },
        { name: 'keep-emails', config: {} },
      ],
      extras: {},
    });
    expect(plugin(shop, 'target-warehouse')).toMatchObject({ mappings: [], extras: { dialect: 'postgres' } });
  });

  test('has commands in both forms, and requirements', () => {
    const nothing = { description: null, executable: null };
    expect(plugin(shop, 'report').commands).toEqual([
      { ...nothing, name: 'daily', args: '--period day' },
      {
        name: 'weekly',
        args: '--period "$REPORT_PERIOD"',
        description: 'The week so far',
        executable: 'bin/weekly',
      },
      { ...nothing, name: 'test-links', args: '--check' },
    ]);
    expect(plugin(shop, 'report').requires).toEqual({ files: [{ name: 'report-files', variant: 'shop' }] });
  });

  test('has jobs, their tasks as lists of blocks', () => {
    expect(shop.jobs).toMatchObject([
      {
        name: 'orders',
        tasks: [['tap-orders', 'hide-names', 'target-warehouse'], ['report:daily']],
        annotations: { pager: 'off-hours' },
      },
      {
        name: 'everything',
        tasks: [
          ['tap-orders', 'target-warehouse'],
          ['tap-orders--returns', 'keep-emails', 'target-warehouse', 'report:weekly'],
          ['tap-carts', 'target-warehouse'],
        ],
        annotations: {},
      },
      { name: 'links', tasks: [['report:test-links']] },
    ]);
  });

  test('has schedules of both kinds, their intervals as cron expressions', () => {
    expect(shop.schedules).toMatchObject([
      {
        kind: 'JOB',
        name: 'nightly',
        job: 'orders',
        interval: '30 2 * * mon-fri',
        cron: '30 2 * * mon-fri',
        env: { SHOP_BUCKET: 'shop-nightly' },
        annotations: { calendar: 'finance' },
      },
      { kind: 'JOB', name: 'hourly-links', interval: '@hourly', cron: '0 * * * *', env: {} },
      { kind: 'JOB', name: 'by-hand', interval: '@manual', cron: null },
      {
        kind: 'EXTRACT_LOAD',
        name: 'returns-to-warehouse',
        extractor: 'tap-orders--returns',
        loader: 'target-warehouse',
        transform: 'skip',
        cron: '0 0 * * 0',
      },
    ]);
  });

  test('has the line of each thing', () => {
    const text = 'meltano.yml';
    expect(shop.environments.map(({ location }) => location)).toEqual([
      { file: text, line: 18 },
      { file: text, line: 21 },
    ]);
    expect(plugin(shop, 'report').location).toEqual({ file: text, line: 133 });
    expect(shop.schedules[0]?.location).toEqual({ file: text, line: 165 });
  });

  test('has the names in `.env`, and the values nowhere', () => {
    expect(shop.dotEnvNames).toEqual(['EMPTY', 'HASHED', 'QUOTED_NAME', 'SHOP_TOKEN', 'WAREHOUSE_PASSWORD']);
    expect(JSON.stringify(shop)).not.toMatch(/not-a-real-token|two lines|it is/);
  });

  test.each(['shop', 'split', 'locked'])(
    'reads %s to the same value each time, all of it JSON',
    async (name) => {
      const once = await readManifest(fixture(name));
      expect(await readManifest(fixture(name))).toEqual(once);
      expect(JSON.parse(JSON.stringify(once))).toEqual(once);
    },
  );
});
