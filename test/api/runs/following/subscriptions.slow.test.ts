import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../../kit/app.ts';
import { onServer } from '../../../kit/database.ts';
import { subscribe } from '../../../kit/events.ts';
import { describeWithMeltano, meltano } from '../../../kit/meltano/meltano.ts';
import { ask, linesOf, readRun, runEnded, runWhen, type LogLine } from '../../../kit/verbs/runs.ts';
import { copySample, numbers, type Sample } from '../../../kit/data/sample.ts';
import { waitFor } from '../../../kit/wait.ts';

const job = 'demo/dev/sales';

interface LogEvent {
  runLogs: { cursor: string; node: LogLine };
}
interface Update {
  id: string;
  status: string;
  waitingFor: { run: { id: string } } | null;
}

function logs(url: string, run: string, after?: string) {
  const args = `run: "${run}"${after === undefined ? '' : `, after: "${after}"`}`;
  return subscribe<LogEvent>(
    url,
    `subscription { runLogs(${args}) { cursor node { sequence timestamp level plugin message } } }`,
  );
}

const fields = 'id status waitingFor { run { id } }';

function updates(url: string, run: string) {
  return subscribe<{ runUpdated: Update }>(url, `subscription { runUpdated(run: "${run}") { ${fields} } }`);
}

/** The lines that a subscriber received until the server said that it was over. */
async function receivedBy(url: string, run: string, after?: string): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  for await (const { data, errors } of logs(url, run, after)) {
    if (!data) throw new Error(JSON.stringify(errors));
    lines.push(data.runLogs.node);
  }
  return lines;
}

describeWithMeltano('subscriptions', () => {
  let app: TestApp;
  let others: TestApp[];
  let sample: Sample;
  beforeAll(async () => {
    sample = await copySample();
    app = await startTestApp({ projects: [sample.project], meltano: meltano ?? '', slots: 2 });
    // A gateway that executes nothing, where there can be two.
    others = onServer() ? [await startTestApp({ database: app.database })] : [];
  });
  afterAll(async () => {
    for (const other of others) await other.stop();
    await app.stop();
    await sample.remove();
    expect(app.logged.filter(({ level }) => level === 'error')).toEqual([]);
  });

  const urls = (): string[] => [app, ...others].map(({ url }) => url);
  /** Who follows something, beside the worker, which follows the services. The feed listens once for all its followers. */
  const subscribers = (): number => {
    const { notifications, feed } = app.app.store;
    return notifications.subscribers - 5 + feed.followers - (feed.followers > 0 ? 1 : 0);
  };

  test('runLogs gives every line once, to whoever comes before, during or after the run', async () => {
    const { id } = await ask(app, 'runJob', { job, ...sample.place().with({ rows: 60, delay: 0.05 }) });
    const before = urls().flatMap((url) => numbers(1, 8).map(() => receivedBy(url, id)));
    await runWhen(app, id, 'has lines', ({ logCount }) => logCount > 20);
    const during = urls().flatMap((url) => numbers(1, 8).map(() => receivedBy(url, id)));
    expect((await readRun(app, id)).status).toBe('RUNNING');

    const received = await Promise.all([...before, ...during]);
    const run = await readRun(app, id);
    expect(run.status).toBe('SUCCEEDED');
    const stored = await linesOf(app, id);
    expect(stored.map(({ sequence }) => sequence)).toEqual(numbers(1, run.logCount));
    for (const lines of [...received, ...(await Promise.all(urls().map((url) => receivedBy(url, id))))]) {
      expect(lines).toEqual(stored);
    }
  });

  test('runLogs is live, and goes on after a cursor where a lost connection stopped', async () => {
    const { id } = await ask(app, 'runJob', { job, ...sample.place().with({ rows: 40, delay: 0.05 }) });
    const first: LogEvent['runLogs'][] = [];
    for await (const { data } of logs(urls().at(-1) ?? '', id)) {
      if (data) first.push(data.runLogs);
      if (data?.runLogs.node.message.includes('Sale 5:')) break;
    }
    expect((await readRun(app, id)).status).toBe('RUNNING');
    const rest = await receivedBy(app.url, id, first.at(-1)?.cursor);
    expect([...first.map(({ node }) => node), ...rest]).toEqual(await linesOf(app, id));
    expect(await receivedBy(app.url, id, (await lastCursor(id)) ?? '')).toEqual([]);
  });

  async function lastCursor(id: string): Promise<string | undefined> {
    const { node } = await app.query<{ node: { logs: { edges: { cursor: string }[] } } }>(
      `query ($id: ID!) { node(id: $id) { ... on Run { logs(last: 1) { edges { cursor } } } } }`,
      { id },
    );
    return node.logs.edges[0]?.cursor;
  }

  test('runUpdated tells of a run until it has ended, runsUpdated of every run of an environment', async () => {
    const seen: Update[] = [];
    const all = subscribe<{ runsUpdated: { nodes: Update[] } }>(
      app.url,
      `subscription { runsUpdated(environment: "demo/dev") { nodes { ${fields} } } }`,
    );
    const watching = (async () => {
      for await (const { data } of all) {
        if (!data) continue;
        seen.push(...data.runsUpdated.nodes);
        const ended = seen.filter(({ status }) => status === 'SUCCEEDED' || status === 'CANCELLED');
        if (new Set(ended.map(({ id }) => id)).size === 2) return;
      }
    })();
    await waitFor('The subscription', () => subscribers() > 0);

    const place = sample.place();
    const one = await ask(app, 'runJob', { job, ...place.with({ rows: 10_000, delay: 0.25 }) });
    await runWhen(app, one.id, 'has a bookmark', ({ states }) => states.nodes.length > 0);
    const two = await ask(app, 'runJob', { job, ...place.with({ rows: 1 }) });
    const waiting = runWhen(app, two.id, 'waits', ({ waitingFor }) => waitingFor !== null);
    const statuses = async (url: string): Promise<string[]> => {
      const list: string[] = [];
      for await (const { data } of updates(url, two.id)) {
        list.push(`${data?.runUpdated.status ?? ''}${data?.runUpdated.waitingFor ? ' waiting' : ''}`);
      }
      return list;
    };
    await waiting;
    const lists = urls().map(statuses);
    await waitFor('The subscriptions', () => subscribers() > 1);
    await ask(app, 'cancelRun', { run: one.id });
    for (const list of await Promise.all(lists)) {
      expect(list[0]).toBe('QUEUED waiting');
      expect(list.filter((status) => status !== 'QUEUED').slice(-2)).toEqual(['RUNNING', 'SUCCEEDED']);
    }
    await watching;
    const seenOf = (run: string): string[] => seen.filter(({ id }) => id === run).map(({ status }) => status);
    expect(seenOf(one.id)).toEqual(expect.arrayContaining(['RUNNING', 'CANCELLING', 'CANCELLED']));
    expect(seenOf(two.id)).toEqual(expect.arrayContaining(['QUEUED', 'RUNNING', 'SUCCEEDED']));
    expect(seenOf(one.id).at(-1)).toBe('CANCELLED');

    const over: string[] = [];
    for await (const { data } of updates(app.url, one.id)) over.push(data?.runUpdated.status ?? '');
    expect(over).toEqual(['CANCELLED']);
  });

  test('a subscriber that leaves is forgotten, even in the middle of a silence', async () => {
    const { id } = await ask(app, 'runJob', { job, ...sample.place().with({ rows: 3, delay: 600 }) });
    await runWhen(app, id, 'has lines', ({ logCount }) => logCount > 0);
    // The worker follows the run, too: somebody may cancel it.
    await waitFor('The end of all other subscriptions', () => subscribers() === 1);
    for (const subscription of [logs(app.url, id), updates(app.url, id)]) {
      await subscription.next();
      await waitFor('The subscription', () => subscribers() === 2);
      await subscription.return(undefined);
      await waitFor('The end of the subscription', () => subscribers() === 1);
    }
    await ask(app, 'cancelRun', { run: id });
    expect((await runEnded(app, id)).status).toBe('CANCELLED');
  });

  test('what cannot be followed is refused with a code', async () => {
    for (const [query, code] of [
      ['runLogs(run: "demo/dev/none") { cursor }', 'NOT_FOUND'],
      ['runUpdated(run: "demo/dev/none") { id }', 'NOT_FOUND'],
      ['runsUpdated(environment: "demo/none") { cursor }', 'NOT_FOUND'],
    ] as const) {
      const events = [];
      for await (const event of subscribe(app.url, `subscription { ${query} }`)) events.push(event);
      expect(events).toMatchObject([{ errors: [{ extensions: { code } }] }]);
    }
  });
});
