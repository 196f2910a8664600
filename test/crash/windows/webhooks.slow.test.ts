import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startReceiver } from '../../kit/programs/receiver.ts';
import { done } from '../../kit/verbs/call.ts';
import { ask } from '../../kit/verbs/runs.ts';
import { waitFor } from '../../kit/wait.ts';
import { describeSite } from '../kit.ts';

const preload = fileURLToPath(new URL('kill-at-window.js', import.meta.url));
// Runs fail at once, without a process.
const flags = ['--slots', '1', '--meltano', '/nonexistent/meltano'];

describeSite('a gateway that is killed after a receiver has answered', (site) => {
  test('leaves the event to the next one, which sends it with the same id', async () => {
    const receiver = await startReceiver();
    try {
      const crashAt = join(site().sample.project.directory, 'crash-at');
      await writeFile(crashAt, 'WEBHOOK_ANSWERED');
      const addresses = { WEBHOOK_ADDRESSES: '127.0.0.1' };
      const first = await site().startWith(
        { NODE_OPTIONS: `--import=${preload}`, CRASH_AT: crashAt, ...addresses },
        ...flags,
      );
      const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
      const webhook = { project: 'demo', name: 'alerts', url: receiver.url, secret, events: ['RUN_FAILED'] };
      await done(first, 'createWebhook', webhook, 'webhook { id }');
      // It may be killed before it has answered.
      await ask(first, 'runJob', { job: 'demo/dev/sales' }).catch(() => undefined);
      await first.ended;
      expect(receiver.received).toHaveLength(1);
      if (site().url !== null) await site().sql('UPDATE "Webhook" SET "leasedUntil" = now()');
      const second = await site().startWith(addresses, ...flags);
      await receiver.got(2);
      const delivery = await waitFor('the record', async () => {
        const { project } = await second.query<{
          project: { webhook: { deliveries: { nodes: { id: string; status: string; attempts: number }[] } } };
        }>(
          '{ project(ref: "demo") { webhook(name: "alerts") { deliveries { nodes { id status attempts } } } } }',
        );
        return project.webhook.deliveries.nodes.find(({ status }) => status === 'DELIVERED') ?? null;
      });
      expect(delivery.attempts).toBe(1);
      expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([
        delivery.id,
        delivery.id,
      ]);
      const [one, two] = receiver.received;
      expect(one?.body).toBe(two?.body);
    } finally {
      await receiver.close();
    }
  });
});
