import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkAddresses, ForbiddenAddress, readAllowed } from '../../src/lib/outbound/addresses.ts';
import { post, type PostOptions } from '../../src/lib/outbound/post.ts';
import { startReceiver, type Receiver } from '../kit/programs/receiver.ts';

const none = { hosts: new Set<string>(), ranges: [] };
const allowing = (...texts: string[]) => readAllowed(texts) ?? none;

describe('addresses that are not public', () => {
  test.each([
    ...[
      '0.0.0.0',
      '0.1.2.3',
      '10.0.0.1',
      '100.64.0.1',
      '127.0.0.1',
      '127.255.0.9',
      '169.254.169.254',
      '172.16.0.1',
    ],
    ...[
      '172.31.255.255',
      '192.0.0.8',
      '192.0.2.1',
      '192.168.1.1',
      '198.18.0.1',
      '198.51.100.1',
      '203.0.113.1',
    ],
    ...['224.0.0.1', '239.1.1.1', '240.0.0.1', '255.255.255.255'],
    ...[
      '::',
      '::1',
      'fe80::1',
      'febf::1',
      'fc00::1',
      'fd12::1',
      'ff02::1',
      'fec0::1',
      '100::1',
      '2001:db8::1',
    ],
    ...['::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:a9fe:a9fe', '::127.0.0.1', '64:ff9b::10.0.0.1'],
    ...['64:ff9b::a9fe:a9fe', '64:ff9b:1::1', '2002:7f00:1::', '2001::1', '3fff::1', '5f00::1', 'no address'],
  ])('%s is refused', (address) => {
    expect(() => checkAddresses('hooks.example', [address], none)).toThrow(ForbiddenAddress);
    // Hidden among others, too.
    expect(() => checkAddresses('hooks.example', ['93.184.216.34', address], none)).toThrow(ForbiddenAddress);
  });

  test.each(['93.184.216.34', '1.1.1.1', '2606:4700:4700::1111', '64:ff9b::101:101', '::ffff:8.8.8.8'])(
    '%s is public',
    (address) => {
      expect(() => checkAddresses('hooks.example', [address], none)).not.toThrow();
    },
  );

  test('are reached when they are allowed', () => {
    const check = (allowed: string, host: string, address: string): void =>
      checkAddresses(host, [address], allowing(allowed));
    expect(() => check('10.0.0.0/8', 'a', '10.200.0.1')).not.toThrow();
    expect(() => check('10.0.0.0/8', 'a', '192.168.0.1')).toThrow(ForbiddenAddress);
    expect(() => check('10.0.0.0/8', 'a', '::ffff:10.1.1.1')).not.toThrow();
    expect(() => check('fd00::/8', 'a', 'fd12::1')).not.toThrow();
    expect(() => check('127.0.0.1', '127.0.0.1', '127.0.0.1')).not.toThrow();
    expect(() => check('127.0.0.1', 'a', '127.0.0.2')).toThrow(ForbiddenAddress);
    expect(() => check('Hooks.internal', 'hooks.internal', '10.0.0.1')).not.toThrow();
    expect(() => check('hooks.internal', 'other.internal', '10.0.0.1')).toThrow(ForbiddenAddress);
  });

  test.each(['10.0.0.0/33', '10.0.0.0/x', '10.0.0.0/', 'a b', 'http://a', '10.0.0.0/8/8', '-a', ''])(
    '%j cannot be allowed',
    (text) => {
      expect(readAllowed([text])).toBeNull();
    },
  );
});

describe('a request', () => {
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await startReceiver();
  });
  afterAll(() => receiver.close());
  const send = (url: string, options: Partial<PostOptions> = {}) =>
    post(new URL(url), {
      ...{ headers: {}, body: '{}', allowed: allowing('127.0.0.1'), timeoutMs: 5000, maxBytes: 10 },
      ...options,
    });

  test('goes to the address that was checked, whatever the name says a moment later', async () => {
    const { port } = new URL(receiver.url);
    const asked: string[] = [];
    const resolve: PostOptions['resolve'] = (host) => {
      asked.push(host);
      return Promise.resolve([{ address: asked.length === 1 ? '127.0.0.1' : '127.0.0.9', family: 4 }]);
    };
    const url = `http://hooks.example:${port}/a?b`;
    expect(await send(url, { resolve })).toMatchObject({ status: 204 });
    expect(asked).toEqual(['hooks.example']);
    expect(receiver.received.at(-1)).toMatchObject({
      path: '/a?b',
      body: '{}',
      headers: { host: `hooks.example:${port}` },
    });
    await expect(send(url, { resolve })).rejects.toThrow('hooks.example (127.0.0.9) is not a public address');
  });

  test('reads no more than the beginning of an answer, and follows no redirect', async () => {
    receiver.reply({ status: 302, headers: { location: receiver.url }, body: 'x'.repeat(1_000_000) });
    const before = receiver.received.length;
    expect(await send(receiver.url)).toEqual({ status: 302, retryAfter: null, text: 'x'.repeat(10) });
    expect(receiver.received).toHaveLength(before + 1);
  });

  test('waits for no answer longer than it may', async () => {
    receiver.reply(null);
    await expect(send(receiver.url, { timeoutMs: 50 })).rejects.toThrow('no answer within 0.05 seconds');
    const never: PostOptions['resolve'] = () => new Promise(() => undefined);
    await expect(send('http://hooks.example/', { resolve: never, timeoutMs: 50 })).rejects.toThrow(
      'not found in time',
    );
  });

  test('is answered by no other protocol', async () => {
    receiver.reply({ status: 101, headers: { connection: 'upgrade', upgrade: 'x' } });
    await expect(send(receiver.url)).rejects.toThrow('closed without an answer');
  });

  test('to an address of its own is checked without a name', async () => {
    await expect(send('http://[::1]:9/')).rejects.toThrow('::1 is not a public address');
    await expect(send('http://169.254.169.254/')).rejects.toThrow('169.254.169.254 is not a public address');
  });
});
