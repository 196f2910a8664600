// What a page shows stays up to date by one subscription, also over lost connections.
import { setTimeout as sleep } from 'node:timers/promises';
import { gql, type ApolloClient, type TypedDocumentNode } from '@apollo/client';

interface Changes {
  cursor: string;
  isRefetchNeeded: boolean;
  nodes: { kind: 'CREATED' | 'UPDATED' | 'DELETED'; type: 'JOB' | 'RUN'; objectId: string }[];
}

/** `node` has what the page shows. Apollo writes it into its cache, and draws anew whatever shows the object. */
const changes: TypedDocumentNode<{ changes: Changes }, { after: string }> = gql`
  subscription Changes($after: String) {
    changes(project: "demo", types: [JOB, RUN], after: $after) {
      cursor
      isRefetchNeeded
      nodes {
        kind
        type
        objectId
        node {
          id
          ... on Job {
            name
          }
          ... on Run {
            status
          }
        }
      }
    }
  }
`;

/**
 * Follows changes until `signal` says that it is enough.
 *
 * @param pause what it waits for before it connects again
 */
export async function stayCurrent(
  client: ApolloClient,
  signal: AbortSignal,
  pause = () => sleep(1000),
): Promise<void> {
  let after = '';
  for (;;) {
    await new Promise<void>((resolve) => {
      const following = client.subscribe({ query: changes, variables: { after } }).subscribe({
        next: ({ data }) => {
          if (!data) return;
          // What was read before may be older than the first event.
          const isFirst = after === '';
          after = data.changes.cursor;
          show(client, data.changes, isFirst);
        },
        error: () => resolve(),
        complete: resolve,
      });
      signal.addEventListener('abort', () => {
        following.unsubscribe();
        resolve();
      });
    });
    if (signal.aborted) return;
    // The connection is lost. The next one goes on after the last event, so nothing is missed.
    await pause();
  }
}

const typenames = { JOB: 'Job', RUN: 'Run' };

function show(client: ApolloClient, { nodes, isRefetchNeeded }: Changes, isFirst: boolean): void {
  for (const { kind, type, objectId: id } of nodes) {
    if (kind === 'DELETED') client.cache.evict({ id: `${typenames[type]}:${id}` });
  }
  // Only the gateway knows in which lists something new stands.
  const isListed = nodes.some(({ kind }) => kind !== 'UPDATED');
  if (isFirst || isRefetchNeeded || isListed) void client.refetchQueries({ include: 'active' });
}
