import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { isFailingTooLong, readRetryAfter, restAfter, waitAfter } from '../../src/domain/webhooks/backoff.ts';
import { requestBody } from '../../src/domain/webhooks/request-body.ts';
import { isSigningSecret, signatureHeaders } from '../../src/domain/webhooks/sign.ts';

const key = (bytes: number, fill = 1): string => `whsec_${Buffer.alloc(bytes, fill).toString('base64')}`;

test('signatures are those of the library of Standard Webhooks', () => {
  const at = new Date('2026-01-01T00:00:00Z');
  for (const secret of [key(24), key(32, 255), key(64, 77)]) {
    const body = '{"text":"Ünicode 🙂"}';
    const headers = signatureHeaders({ id: 'msg', seconds: at.getTime() / 1000, body }, [secret]);
    expect(headers['webhook-signature']).toBe(new Webhook(secret).sign('msg', at, body));
  }
});

test.each([
  [key(24), true],
  [key(64), true],
  [key(23), false],
  [key(65), false],
  [key(25).replace(/=+$/, ''), true],
  [Buffer.alloc(32).toString('base64'), false],
  [`whsec_${'-'.repeat(40)}`, false],
  ['whsec_', false],
])('%s can sign: %s', (secret, can) => {
  expect(isSigningSecret(secret)).toBe(can);
});

describe('the next request', () => {
  test('comes later each time, for about a day', () => {
    const waits = Array.from({ length: 11 }, (_, i) => waitAfter(i + 1, null, 0));
    expect(waits.at(-1)).toBeNull();
    const sum = waits.reduce<number>((all, wait) => all + (wait ?? 0), 0);
    expect(sum / 3_600_000).toBeGreaterThan(23);
    expect(sum / 3_600_000).toBeLessThan(25);
    expect(waitAfter(1, null, 1)).toBe(6000);
  });

  test('comes as late as the receiver asks, within an hour', () => {
    expect(waitAfter(1, 90_000, 0)).toBe(90_000);
    expect(waitAfter(1, 999_999_999, 0)).toBe(3_600_000);
    expect(waitAfter(10, 1000, 0)).toBe(8 * 3_600_000);
    expect(restAfter(1, null)).toBe(5000);
    expect(restAfter(1000, null)).toBe(600_000);
    expect(restAfter(1, 999_999_999)).toBe(3_600_000);
  });

  test.each([
    ['120', 120_000],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['Thu, 01 Jan 2025 00:01:00 GMT', 0],
    ['soon', null],
    ['99999999999999999999', null],
    [null, null],
  ])('after %s', (text, ms) => {
    expect(readRetryAfter(text, Date.UTC(2026, 0, 1))).toBe(ms);
  });

  test('is given up when all have failed for days', () => {
    const hours = (count: number): number => count * 3_600_000;
    expect(isFailingTooLong({ failureCount: 20, failingMs: hours(72) })).toBe(true);
    expect(isFailingTooLong({ failureCount: 19, failingMs: hours(100) })).toBe(false);
    expect(isFailingTooLong({ failureCount: 500, failingMs: hours(71) })).toBe(false);
    expect(isFailingTooLong({ failureCount: 0, failingMs: null })).toBe(false);
  });
});

describe('Slack gets a text', () => {
  const project = { path: 'shop' };
  const run = { id: 'x', job: { path: 'shop/prod/sales' }, command: 'a b', attempt: 1, isRetried: false };
  const text = (type: string, data: object): string => {
    const body = requestBody('SLACK', JSON.stringify({ type, timestamp: '', data: { project, ...data } }));
    return (JSON.parse(body) as { text: string }).text;
  };
  test.each([
    ['run.started', { run: { ...run, durationMs: null, errorMessage: null } }, '*shop/prod/sales* started'],
    [
      'run.timed_out',
      {
        run: { ...run, attempt: 2, isRetried: true, durationMs: 61_000, errorMessage: '<It> & more\nfailed' },
      },
      '*shop/prod/sales* timed out after 61 s (attempt 2)\n>&lt;It&gt; &amp; more\n>failed\nIt is retried.',
    ],
    [
      'run.failed',
      { environment: { path: 'shop/dev' }, run: { ...run, job: null, durationMs: 10, errorMessage: null } },
      '*shop/dev: a b* failed after 0 s',
    ],
    [
      'tick.missed',
      {
        tick: { schedule: { path: 'shop/prod/daily' }, dueAt: '2026-01-01T00:00:00.000Z', message: 'Late.' },
      },
      '*shop/prod/daily* missed: due at 2026-01-01T00:00:00.000Z\n>Late.',
    ],
    [
      'schedule.paused',
      { schedule: { path: 'shop/prod/daily', pauseAfterFailures: 3 } },
      '*shop/prod/daily* paused: 3 of its runs in a row failed',
    ],
    [
      'service.failed',
      { service: { path: 'shop/prod/docs', statusReason: 'So.' } },
      '*shop/prod/docs* failed\n>So.',
    ],
    ['test', { webhook: { path: 'shop/alerts' } }, '*shop/alerts* works: this is a test'],
  ])('%s', (type, data, expected) => {
    expect(text(type, data)).toBe(expected);
  });
});
