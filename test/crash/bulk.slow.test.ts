import { expect, test } from 'vitest';
import { operationEnded, readOperation, submit } from '../kit/verbs/bulk.ts';
import type { Client } from '../kit/verbs/runs.ts';
import { numbers } from '../kit/data/sample.ts';
import { done } from '../kit/verbs/call.ts';
import { waitFor } from '../kit/wait.ts';
import { describeSite } from './kit.ts';

/** The runs of the backfill end at once. */
const flags = ['--meltano', '/nonexistent/meltano'];

const stateIds = numbers(1, 300).map((n) => `dev:tap-${n}-to-target`);

/** The states of the environment `prod`, each with the number of its versions. */
async function copiesIn({ query }: Client): Promise<{ stateId: string; version: number }[]> {
  const copies: { stateId: string; version: number }[] = [];
  for (let after: string | null = null; ;) {
    type Page = { nodes: typeof copies; pageInfo: { hasNextPage: boolean; endCursor: string } };
    type Answer = { project: { environment: { states: Page } } };
    const answer: Answer = await query(
      `query ($after: String) { project(ref: "demo") { environment(name: "prod") {
        states(first: 100, after: $after) { nodes { stateId version } pageInfo { hasNextPage endCursor } }
      } } }`,
      { after },
    );
    const page: Page = answer.project.environment.states;
    copies.push(...page.nodes);
    if (!page.pageInfo.hasNextPage) return copies;
    after = page.pageInfo.endCursor;
  }
}

describeSite('a gateway that is killed', (site) => {
  test('in the middle of bulk operations, has them carried out to their ends later, each object once', async () => {
    let gateway = await site().start(...flags);
    const partial = { json: {} };
    const states = stateIds.map((id) => ({
      ...{ stateId: id, completed: { json: { singer_state: { id } } }, partial },
    }));
    const input = { environment: 'demo/dev', states };
    await done(gateway, 'importState', input, 'environment { id }');
    const backfill = await submit(gateway, 'backfill', {
      ...{ job: 'demo/dev/sales', interval: '@hourly', maxParallel: 2 },
      ...{ dueSince: '2026-01-05T00:00:00Z', dueBefore: '2026-01-06T00:00:00Z' },
    });
    const filter = { environment: 'demo/dev' };
    const id = await submit(gateway, 'copyStates', { filter, environment: 'demo/prod' });
    const { query, kill } = gateway;
    const reached = await waitFor('Progress', async () => {
      const { succeededCount } = await readOperation({ query }, id);
      return succeededCount >= 20 && succeededCount;
    });
    await kill();
    expect(reached).toBeLessThan(stateIds.length);
    await site().letTimePass();
    gateway = await site().start(...flags);
    expect(await operationEnded(gateway, id)).toMatchObject({
      ...{ status: 'SUCCEEDED', itemCount: 300, succeededCount: 300, failedCount: 0 },
    });
    const copies = stateIds.map((stateId) => ({ stateId: stateId.replace('dev:', 'prod:'), version: 1 }));
    expect(await copiesIn(gateway)).toEqual(
      copies.sort((one, other) => (one.stateId < other.stateId ? -1 : 1)),
    );
    const made = await operationEnded(gateway, backfill);
    expect(made).toMatchObject({ status: 'SUCCEEDED', itemCount: 24, succeededCount: 24 });
    const { runs } = await gateway.query<{ runs: { nodes: { scheduledFor: string }[] } }>(
      '{ runs(filter: { triggers: [BACKFILL] }, first: 100) { nodes { scheduledFor } } }',
    );
    expect(runs.nodes).toHaveLength(24);
    expect(new Set(runs.nodes.map(({ scheduledFor }) => scheduledFor)).size).toBe(24);
    await gateway.kill();
  });
});
