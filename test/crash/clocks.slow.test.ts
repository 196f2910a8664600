import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { standIn } from '../kit/meltano/stand-in.ts';
import { ask, readRun, runEnded, runWhen, type Client } from '../kit/verbs/runs.ts';
import { describeSite } from './kit.ts';
import { describeWithClock, settableClock, type SettableClock } from './set-clock.ts';

const job = 'demo/dev/sales';
const hour = 3600;

/** A run that lasts some seconds and shares its state id with no other. */
const lasting = (seconds: number) => ({
  stateIdSuffix: randomUUID(),
  env: [{ name: 'LATE_SECONDS', value: String(seconds) }],
});

const createJob = `mutation ($name: String!) {
  createJob(input: { environment: "demo/dev", name: $name, tasks: [{ blocks: ["report:count"] }] }) { __typename }
}`;

const made = `query ($since: DateTime!) {
  project(ref: "demo") { environment(name: "dev") {
    jobs(first: 6, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { name createdAt updatedAt } }
    runs(first: 6, filter: { createdSince: $since }) { nodes {
      id createdAt startedAt endedAt
      blocks { nodes { startedAt endedAt } }
      logs(first: 100) { nodes { timestamp } }
    } }
  } }
}`;

interface Made {
  project: {
    environment: {
      jobs: { nodes: { name: string; createdAt: string; updatedAt: string }[] };
      runs: {
        nodes: (Record<'id' | 'createdAt' | 'startedAt' | 'endedAt', string> & {
          blocks: { nodes: { startedAt: string; endedAt: string }[] };
          logs: { nodes: { timestamp: string }[] };
        })[];
      };
    };
  };
}

describeWithClock('gateways whose clocks are wrong', () => {
  const clocks: SettableClock[] = [];
  const clock = (offsetSeconds: number): SettableClock => {
    const made = settableClock(offsetSeconds);
    clocks.push(made);
    return made;
  };
  afterEach(() => clocks.splice(0).forEach(({ remove }) => remove()));

  const statusesOf = async (client: Client, ids: readonly string[]): Promise<string[]> =>
    (await Promise.all(ids.map((id) => readRun(client, id)))).map(({ status }) => status);

  describeSite('a gateway whose clock is set during a run', (site) => {
    test('by an hour, forward and back, ends the run neither as LOST nor as TIMED_OUT', async () => {
      const { env, set } = clock(0);
      const gateway = await site().startWith(env, '--meltano', standIn('late.py'), '--slots', '1');
      const { id } = await ask(gateway, 'runJob', { job, timeoutSeconds: 600, ...lasting(40) });
      await runWhen(gateway, id, 'is RUNNING', ({ status }) => status === 'RUNNING');
      for (const offset of [hour, -hour, 0]) {
        set(offset);
        await sleep(9000);
        expect(await readRun(gateway, id)).toMatchObject({ status: 'RUNNING', endedAt: null });
      }
      expect(await runEnded(gateway, id)).toMatchObject({ status: 'SUCCEEDED', exitCode: 0 });
      expect((await gateway.stop()).exitCode).toBe(0);
    });
  });

  describeSite(
    'of several gateways, one an hour ahead and one an hour behind,',
    (site) => {
      test('none takes the run of a living one for LOST, and each finds those of the dead in time', async () => {
        const flags = ['--meltano', standIn('late.py'), '--slots', '1', '--drain', '0'];
        const right = await site().start(...flags);
        const ahead = await site().startWith(clock(hour).env, ...flags);
        const behind = await site().startWith(clock(-hour).env, ...flags);
        const ids: string[] = [];
        for (let i = 0; i < 3; i++) ids.push((await ask(right, 'runJob', { job, ...lasting(300) })).id);
        for (const id of ids) await runWhen(behind, id, 'is RUNNING', ({ status }) => status === 'RUNNING');
        await sleep(15_000);
        expect(await statusesOf(behind, ids)).toEqual(['RUNNING', 'RUNNING', 'RUNNING']);

        const killedAt = Date.now();
        await Promise.all([right.kill(), ahead.kill()]);
        const dead = await Promise.all(
          ids.map(async (id) => {
            const until = killedAt + 120_000;
            while (Date.now() < until && (await readRun(behind, id)).endedAt === null) await sleep(500);
            return readRun(behind, id);
          }),
        );
        expect(dead.map(({ status }) => status).sort()).toEqual(['LOST', 'LOST', 'RUNNING']);
        for (const { startedAt, endedAt } of dead) {
          expect(Math.abs(Date.parse(startedAt ?? '') - killedAt)).toBeLessThan(1800_000);
          if (endedAt === null) continue;
          expect(Date.parse(endedAt) - killedAt).toBeGreaterThan(40_000);
          expect(Date.parse(endedAt) - killedAt).toBeLessThan(90_000);
        }
        expect((await behind.stop()).exitCode).toBe(0);
      });

      test('all write times of one clock, and what one makes after another comes after it', async () => {
        // What they start goes by their clocks, too.
        const passed = ['--pass-env', 'LD_PRELOAD,FAKETIME_*,DONT_FAKE_MONOTONIC'];
        const flags = ['--slots', '1', '--meltano', standIn('one-block.py'), ...passed];
        const right = await site().start('--slots', '0');
        const ahead = await site().startWith(clock(hour).env, ...flags);
        const behind = await site().startWith(clock(-hour).env, ...flags);
        const from = Date.now();
        const runs: string[] = [];
        const jobs: string[] = [];
        for (const [i, client] of [ahead, right, behind, ahead, behind, right].entries()) {
          const { id } = await ask(client, 'runJob', { job, stateIdSuffix: randomUUID() });
          runs.push(id);
          jobs.push(`made-${i}`);
          await client.query(createJob, { name: jobs[i] });
        }
        for (const id of runs)
          expect(await runEnded(right, id)).toMatchObject({ status: 'SUCCEEDED', errorMessage: null });
        const { project } = await right.query<Made>(made, { since: new Date(from).toISOString() });
        const { environment } = project;
        expect(environment.runs.nodes.map(({ id }) => id)).toEqual([...runs].reverse());
        expect(environment.jobs.nodes.map(({ name }) => name)).toEqual([...jobs].reverse());
        // As exactly as one machine reads the clock of another.
        const inOrder = (...times: (string | null | undefined)[]): void => {
          const read = times.map((time) => Date.parse(time ?? ''));
          for (const [i, time] of read.entries()) {
            expect(time).toBeGreaterThan((read[i - 1] ?? from) - 1000);
            expect(time).toBeLessThan(Date.now() + 1000);
          }
        };
        for (const { createdAt, updatedAt } of environment.jobs.nodes) inOrder(createdAt, updatedAt);
        for (const { createdAt, startedAt, endedAt, blocks, logs } of environment.runs.nodes) {
          const [block] = blocks.nodes;
          inOrder(createdAt, startedAt, block?.startedAt, block?.endedAt, endedAt);
          inOrder(startedAt, ...logs.nodes.map(({ timestamp }) => timestamp), endedAt);
        }
      });
    },
    ['server'],
  );
});
