import { expect, onTestFinished, test } from 'vitest';
import { startTestApp } from '../../kit/app.ts';
import { schema } from '../../../src/schema/index.ts';
import { limits } from '../../../src/server/limits.ts';

const query = `{ gateway {
  version meltanoVersion databaseKind slots serviceSlots isTokenRequired deletedRetentionDays formerPathDays
  limits { defaultPageSize maxPageSize maxTotalCount maxBulkItems maxNodes maxDepth maxAliases maxSpreads maxTokens
    maxRequestBytes maxAnswerBytes maxSubscriptions maxSubscriptionsPerClient } } }`;

test('says what a client needs to know of it, without a statement', async () => {
  const app = await startTestApp();
  onTestFinished(() => app.stop());
  const { result, statements } = await app.counting(() =>
    app.query<{ gateway: { databaseKind: string; limits: Record<string, number> } }>(query),
  );
  expect(statements).toEqual([]);
  expect(result.gateway).toMatchObject({
    ...{ version: expect.stringMatching(/^\d+\.\d+\.\d+/) as unknown, meltanoVersion: null },
    ...{ slots: 0, isTokenRequired: false, deletedRetentionDays: 30, formerPathDays: 30 },
    limits: {
      ...{ defaultPageSize: 20, maxPageSize: 100, maxTotalCount: 1000, maxBulkItems: 10_000 },
      ...{ maxNodes: limits.nodes, maxDepth: limits.depth, maxRequestBytes: 10_000_000 },
    },
  });
  expect(['EMBEDDED', 'SERVER']).toContain(result.gateway.databaseKind);
  // They are what requests are held to.
  const deep = `{ ${'node(id: "x") { ... on Job { environment { '.repeat(limits.depth)} id ${'} } } '.repeat(limits.depth)}}`;
  const { errors } = await app.send(deep);
  expect(errors?.[0]?.message).toContain(String(result.gateway.limits.maxDepth));
});

test('the schema describes itself', () => {
  expect(schema.description).toContain('Meltano');
});
