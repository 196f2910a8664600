import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { kill } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import type { Gateway } from '../kit/gateway.ts';
import { processesWith } from '../kit/programs/processes.ts';
import { standIn } from '../kit/meltano/stand-in.ts';
import { ask, processesOf, readRun, runEnded, runWhen, type Client } from '../kit/verbs/runs.ts';
import { waitFor } from '../kit/wait.ts';
import { describeSite, type Site } from './kit.ts';

const job = 'demo/dev/sales';
const family = ['--meltano', standIn('family.py')];

/** Starts a run of three processes, of which one has left the session, and waits until they are there. */
async function begin(client: Client, seconds = 600): Promise<{ id: string; stateIdSuffix: string }> {
  const env = [{ name: 'FAMILY_SECONDS', value: String(seconds) }];
  const stateIdSuffix = randomUUID();
  const { id } = await ask(client, 'runJob', { job, stateIdSuffix, env });
  await runWhen(client, id, 'has its processes', ({ logCount }) => logCount === 1);
  return { id, stateIdSuffix };
}

const gone = (id: string): Promise<boolean> =>
  waitFor('The end of its processes', async () => (await processesOf(id)).length === 0);

/** The processes whose command line begins with some words. */
const processesNamed = (...words: string[]): Promise<number[]> =>
  processesWith('cmdline', (command) => command.startsWith(words.map((word) => `${word}\0`).join('')));

/** Kills a gateway together with the processes that would end what it has started. */
async function killWithLastWill(gateway: Awaited<ReturnType<Site['start']>>): Promise<void> {
  for (const name of await readdir('/proc')) {
    const [stat, command] = await Promise.all(
      ['stat', 'cmdline'].map((file) => readFile(`/proc/${name}/${file}`, 'utf8').catch(() => '')),
    );
    const parent = Number(/\) \S (\d+)/.exec(stat ?? '')?.[1]);
    const isWitness = /last-will|meltano-graphql-supervisor/.test(command ?? '');
    if (parent === gateway.processId && isWitness) kill(Number(name), 'SIGKILL');
  }
  await gateway.kill();
}

describeSite('the processes of a run', (site) => {
  test('end with it, also one that has left its session', async () => {
    const gateway = await site().start(...family);
    const { id } = await begin(gateway, 1);
    expect(await runEnded(gateway, id)).toMatchObject({ status: 'SUCCEEDED', exitCode: 0 });
    expect(await processesOf(id)).toEqual([]);
    expect((await gateway.stop()).exitCode).toBe(0);
  });

  test('end when their gateway is killed, without another one', async () => {
    const gateway = await site().start(...family);
    const { id } = await begin(gateway);
    expect((await processesOf(id)).length).toBe(3);
    await gateway.kill();
    await gone(id);
  });

  test('and the program that is asked for its version end when their gateway is killed', async () => {
    const meltano = join(site().sample.project.directory, 'bin', `asked-by-${process.pid}`);
    await writeFile(meltano, '#!/bin/sh\nsleep 600\n', { mode: 0o755 });
    const asked = (): Promise<number[]> => processesNamed('/bin/sh', meltano, '--version');
    const gateway = await site().start('--meltano', meltano);
    await waitFor('The program', async () => (await asked()).length > 0);
    await gateway.kill();
    await waitFor('The end of the program', async () => (await asked()).length === 0);
  });

  test('end when their gateway is asked to stop a third time and ends at once', async () => {
    const gateway = await site().start(...family, '--drain', '600');
    const { id } = await begin(gateway);
    const ended = gateway.stop();
    for (let again = 0; again < 2; again++) {
      // Two signals of a kind that come at once are one.
      await sleep(1000);
      kill(gateway.processId, 'SIGTERM');
    }
    expect((await ended).exitCode).toBe(1);
    await gone(id);
  });

  test('that nobody has ended are ended at the next start, those of all runs at once', async () => {
    let gateway = await site().start(...family, '--slots', '6');
    const ids: string[] = [];
    for (let i = 0; i < 6; i++) ids.push((await begin(gateway)).id);
    await killWithLastWill(gateway);
    for (const id of ids) expect(await processesOf(id)).not.toEqual([]);
    await site().letTimePass();
    gateway = await site().start('--meltano', '/nonexistent/meltano');
    const ends: number[] = [];
    for (const id of ids) {
      const { status, endedAt } = await runEnded(gateway, id);
      expect(status).toBe('LOST');
      expect(await processesOf(id)).toEqual([]);
      ends.push(Date.parse(endedAt ?? ''));
    }
    // Each of them takes ten seconds, since it is deaf: one after the other, the last would end 50 after the first.
    expect(Math.max(...ends) - Math.min(...ends)).toBeLessThan(40_000);
    await gateway.stop();
  });
});

describeSite(
  'a process that a tap has started, without its environment and in a session of its own,',
  (site) => {
    // A duration that no other process sleeps for.
    const seconds = `1000.${process.pid}`;
    const left = (): Promise<number[]> => processesNamed('sleep', seconds);
    const start = async (): Promise<Gateway & Client> => {
      const bin = join(site().sample.project.directory, 'bin');
      const [tap, real] = [join(bin, 'tap_till.py'), join(bin, 'real_tap_till.py')];
      await rename(tap, real);
      const script = `#!/bin/sh
setsid env -i sleep ${seconds} </dev/null >/dev/null 2>&1 &
exec "${real}" "$@"
`;
      await writeFile(tap, script, { mode: 0o755 });
      return site().start();
    };
    const restore = async (): Promise<void> => {
      const bin = join(site().sample.project.directory, 'bin');
      await rename(join(bin, 'real_tap_till.py'), join(bin, 'tap_till.py'));
    };
    afterEach(async () => {
      await restore();
      for (const id of await left()) kill(id, 'SIGKILL');
    });

    test('ends with the run', async () => {
      const gateway = await start();
      const { id } = await ask(gateway, 'runJob', { job, ...site().sample.place().with({ rows: 3 }) });
      await waitFor('The process', async () => (await left()).length > 0);
      expect(await runEnded(gateway, id)).toMatchObject({ status: 'SUCCEEDED', exitCode: 0 });
      expect(await left()).toEqual([]);
      await gateway.stop();
    });

    test('ends with a run that is cancelled', async () => {
      const gateway = await start();
      const { id } = await ask(gateway, 'runJob', { job, ...site().sample.place().with({ delay: 60 }) });
      await waitFor('The process', async () => (await left()).length > 0);
      await ask(gateway, 'cancelRun', { run: id });
      expect((await runEnded(gateway, id)).status).toBe('CANCELLED');
      expect(await left()).toEqual([]);
      await gateway.stop();
    });

    test('ends when the gateway is killed', async () => {
      const gateway = await start();
      const { id } = await ask(gateway, 'runJob', { job, ...site().sample.place().with({ delay: 60 }) });
      await waitFor('The process', async () => (await left()).length > 0);
      await gateway.kill();
      await waitFor('The end of the process', async () => (await left()).length === 0);
      await gone(id);
    });
  },
);

describeSite(
  'the processes of a run that another machine has declared LOST',
  (site) => {
    test('are ended when theirs is up again, and the state is kept that nobody has written since', async () => {
      let gateway = await site().start(...family, '--slots', '2');
      const runs = [await begin(gateway), await begin(gateway)];
      const [first, second] = runs.map(
        ({ stateIdSuffix }) => `dev:tap-till-to-target-files:${stateIdSuffix}`,
      );
      await killWithLastWill(gateway);
      for (const [index, stateId] of [first, second].entries()) {
        const file = site().stateFile(runs[index]?.id ?? '', stateId ?? '');
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, '{"completed": {"singer_state": {"kept": true}}, "partial": {}}');
      }
      await site().sql(`UPDATE "Run" SET status = 'LOST', "endedAt" = now() WHERE "endedAt" IS NULL`);
      await site().sql('DELETE FROM "RunLease"');
      gateway = await site().start('--slots', '0');
      const set = `mutation ($input: SetStateInput!) { setState(input: $input) { __typename } }`;
      const input = {
        environment: 'demo/dev',
        stateId: second,
        document: { json: { singer_state: { newer: true } } },
      };
      await gateway.query(set, { input });
      await gateway.kill();

      gateway = await site().start('--meltano', '/nonexistent/meltano');
      for (const { id } of runs) expect(await processesOf(id)).toEqual([]);
      await waitFor('The end of their files', async () => (await site().runDirectories()).length === 0);
      const [kept] = (await readRun(gateway, runs[0]?.id ?? '')).states.nodes;
      expect(kept?.completed).toEqual({ singer_state: { kept: true } });
      const states = `{ project(ref: "demo") { environment(name: "dev") { state(stateId: "${second}") { completed { json } } } } }`;
      expect(await gateway.query(states)).toMatchObject({
        project: { environment: { state: { completed: { json: { singer_state: { newer: true } } } } } },
      });
      await gateway.stop();
    });
  },
  ['server'],
);
