import { expect, test } from 'vitest';
import { describeWithMeltano } from '../kit/meltano/meltano.ts';
import { processesOf, readRun, type Client } from '../kit/verbs/runs.ts';
import { askService, pageOf, serviceWhen } from '../kit/verbs/services.ts';
import { waitFor } from '../kit/wait.ts';
import { describeSite } from './kit.ts';

describeSite('a service whose gateway ends', (site) => {
  /** Waits until the service runs, with another run than the one before. */
  const running = async (
    gateway: Client,
    id: string,
    before = '',
  ): Promise<{ run: string; page: string }> => {
    const { currentRun, restartCount } = await serviceWhen(
      gateway,
      id,
      'runs',
      (service) => service.currentRun !== null && service.currentRun.id !== before,
    );
    expect(restartCount).toBe(0);
    const run = currentRun?.id ?? '';
    return { run, page: await pageOf(gateway, run) };
  };

  describeWithMeltano('with the real Meltano', () => {
    test('is started again by the next gateway, whether that one was killed or stopped', async () => {
      let gateway = await site().start('--slots', '1');
      const { id } = await askService(gateway, 'createService', {
        ...{ environment: 'demo/dev', name: 'page', command: 'report:serve' },
        // No policy is asked: it has not ended by itself.
        ...{ restartPolicy: 'NEVER', start: true },
      });
      const first = await running(gateway, id);
      await gateway.kill();
      // What it had started ends with it.
      await waitFor('The end of the page', () =>
        fetch(first.page).then(
          () => false,
          () => true,
        ),
      );

      await site().letTimePass();
      gateway = await site().start('--slots', '1', '--drain', '60');
      const second = await running(gateway, id, first.run);
      expect(await readRun(gateway, first.run)).toMatchObject({ status: 'LOST', endReason: 'WORKER_LOST' });
      expect(await processesOf(first.run)).toEqual([]);
      await expect(fetch(first.page)).rejects.toThrow();
      expect((await fetch(second.page)).status).toBe(200);

      // It does not wait for the service to end by itself.
      const stoppedAt = Date.now();
      expect((await gateway.stop()).exitCode).toBe(0);
      expect(Date.now() - stoppedAt).toBeLessThan(55_000);
      expect(await processesOf(second.run)).toEqual([]);
      gateway = await site().start('--slots', '1');
      const third = await running(gateway, id, second.run);
      const stopped = { status: 'CANCELLED', endReason: 'SHUTDOWN' };
      expect(await readRun(gateway, second.run)).toMatchObject(stopped);
      expect((await fetch(third.page)).status).toBe(200);
    });
  });
});
