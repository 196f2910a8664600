import { linesOf, type Client } from './runs.ts';
import { done } from './call.ts';
import { waitFor } from '../wait.ts';

/** The fields of a service that tests use. */
export interface ServiceFacts {
  id: string;
  path: string;
  status: string;
  desiredStatus: string;
  statusReason: string | null;
  restartCount: number;
  nextStartAt: string | null;
  etag: string;
  currentRun: { id: string; status: string } | null;
}

export const serviceFields =
  'id path status desiredStatus statusReason restartCount nextStartAt etag currentRun { id status }';

type Verb =
  ('createService' | 'updateService' | 'deleteService') | ('startService' | 'stopService' | 'restartService');

/** Calls a verb that answers a service, and fails when it refuses. */
export async function askService(client: Client, verb: Verb, input: object): Promise<ServiceFacts> {
  const selection = `service { ${serviceFields} }`;
  return (await done<{ service: ServiceFacts }>(client, verb, input, selection)).service;
}

/** A service as it is now. */
export async function readService(client: Client, id: string): Promise<ServiceFacts> {
  const { node } = await client.query<{ node: ServiceFacts | null }>(
    `query ($id: ID!) { node(id: $id) { ... on Service { ${serviceFields} } } }`,
    { id },
  );
  if (!node) throw new Error(`There is no service ${id}.`);
  return node;
}

/** Waits until a service is in the expected condition. */
export function serviceWhen(
  client: Client,
  id: string,
  what: string,
  condition: (service: ServiceFacts) => boolean,
): Promise<ServiceFacts> {
  return waitFor(`A service that ${what}`, async () => {
    const service = await readService(client, id);
    return condition(service) && service;
  });
}

/** Waits until a run of `report:serve` logs the address of its page, and returns the address. */
export function pageOf(client: Client, runId: string): Promise<string> {
  return waitFor('The address of the page', async () => {
    const lines = await linesOf(client, runId);
    return lines.map(({ message }) => /http:\S+/.exec(message)?.[0]).find((address) => address !== undefined);
  });
}
