import { onTestFinished } from 'vitest';
import { startBulkWorker } from '../../../src/worker/bulk/bulk-worker.ts';
import type { TestApp } from '../app.ts';
import { gatewayOn } from './execution.ts';
import type { Client } from './runs.ts';
import { done } from './call.ts';
import { waitFor } from '../wait.ts';

/** The fields of a bulk operation that tests use. */
export interface OperationFacts {
  id: string;
  verb: string;
  status: string;
  filter: { ids: string[] | null };
  itemCount: number;
  succeededCount: number;
  failedCount: number;
  skippedCount: number;
  pendingCount: number;
  startedAt: string | null;
  endedAt: string | null;
  items: { nodes: ItemFacts[] };
}

export interface ItemFacts {
  position: number;
  subjectName: string | null;
  status: string;
  subject: { __typename: string; id: string } | null;
  result: { __typename: string; id: string } | null;
  error: { __typename: string; code: string; message: string } | null;
}

const operationFields = `id verb status filter { ids } itemCount succeededCount failedCount skippedCount pendingCount startedAt endedAt
  items(first: 100) { nodes {
    position subjectName status subject { __typename id } result { __typename id } error { __typename code message }
  } }`;

/** Runs the bulk operations of a gateway that executes no runs, until the test ends. */
export function carryOutBulk(app: TestApp, workerId = 'here/bulk') {
  const worker = startBulkWorker({ store: app.app.store, gateway: gatewayOn(app), workerId }, false);
  onTestFinished(() => worker.stop());
  return worker;
}

/** Calls a bulk verb. @returns the id of the operation */
export async function submit(client: Client, verb: string, input: object): Promise<string> {
  const answer = await done<{ operation: { id: string } }>(client, verb, input, 'operation { id }');
  return answer.operation.id;
}

/** A bulk operation as it is now. */
export async function readOperation(client: Client, id: string): Promise<OperationFacts> {
  const { bulkOperation } = await client.query<{ bulkOperation: OperationFacts | null }>(
    `query ($id: ID!) { bulkOperation(id: $id) { ${operationFields} } }`,
    { id },
  );
  if (!bulkOperation) throw new Error(`There is no bulk operation ${id}.`);
  return bulkOperation;
}

/** Waits for the end of a bulk operation. */
export function operationEnded(client: Client, id: string): Promise<OperationFacts> {
  return waitFor('The end of a bulk operation', async () => {
    const operation = await readOperation(client, id);
    return operation.endedAt !== null && operation;
  });
}

/** Calls a bulk verb and waits for its end. */
export async function submitToEnd(client: Client, verb: string, input: object): Promise<OperationFacts> {
  return operationEnded(client, await submit(client, verb, input));
}
