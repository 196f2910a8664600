// What the hooks of React do (`usePaginationFragment`, `useMutation`, `useSubscription`), by the functions below them.
import {
  commitLocalUpdate,
  commitMutation,
  ConnectionHandler,
  createOperationDescriptor,
  fetchQuery,
  requestSubscription,
  type ConcreteRequest,
  type Environment,
  type RecordProxy,
  type RecordSourceProxy,
} from 'relay-runtime';

/** What relay-compiler has made of operations of `Sample.ts`. */
export interface Artifacts {
  page: ConcreteRequest;
  runJob: ConcreteRequest;
  cancelRun: ConcreteRequest;
  updates: ConcreteRequest;
}

/** The list of runs of `Sample_job`. Its filter is a part of what it is. */
function runsOf(store: RecordSourceProxy, job: string): RecordProxy | null {
  const record = store.get(job);
  const filters = { filter: { statuses: ['SUCCEEDED', 'FAILED'] } };
  return (record && ConnectionHandler.getConnection(record, 'Sample_job_runs', filters)) ?? null;
}

/** @returns the statuses of the job's runs as the store has them after each step */
export async function relay(
  environment: Environment,
  artifacts: Artifacts,
  job: string,
): Promise<string[][]> {
  const seen: string[][] = [];
  let after: unknown = null;
  const look = (): void => {
    commitLocalUpdate(environment, (store) => {
      const runs = runsOf(store, job);
      const nodes = runs?.getLinkedRecords('edges').map((edge) => edge.getLinkedRecord('node'));
      seen.push(nodes?.map((node) => String(node.getValue('status'))) ?? []);
      const pageInfo = runs?.getLinkedRecord('pageInfo');
      after = pageInfo?.getValue('hasNextPage') === true ? pageInfo.getValue('endCursor') : null;
    });
  };

  // Paging: each page is added to the list in the store.
  do {
    const variables = { id: job, count: 2, cursor: after };
    environment.retain(createOperationDescriptor(artifacts.page, variables));
    await fetchQuery(environment, artifacts.page, variables).toPromise();
    look();
  } while (after !== null);

  // Updater: a run that is started comes before the others.
  const started = await commit(environment, {
    mutation: artifacts.runJob,
    variables: { input: { job } },
    updater: (store) => {
      const run = store.getRootField('runJob').getLinkedRecord('run');
      const runs = runsOf(store, job);
      if (!run || !runs) return;
      ConnectionHandler.insertEdgeBefore(runs, ConnectionHandler.createEdge(store, runs, run, 'RunEdge'));
    },
  });
  const run = (started as { runJob: { run: { __id: string } } }).runJob.run.__id;
  look();

  // Subscription: the run in the store changes by itself, and so does the list.
  await new Promise<void>((resolve, reject) => {
    let events = 0;
    requestSubscription(environment, {
      subscription: artifacts.updates,
      variables: { run },
      onNext: () => {
        const cancel = { mutation: artifacts.cancelRun, variables: { run } };
        if (events++ === 0) commit(environment, cancel).catch(reject);
      },
      onError: reject,
      onCompleted: () => resolve(),
    });
  });
  look();
  return seen;
}

type Mutation = Parameters<typeof commitMutation>[1];

function commit(environment: Environment, mutation: Mutation): Promise<unknown> {
  return new Promise((resolve, reject) => {
    commitMutation(environment, { ...mutation, onCompleted: resolve, onError: reject });
  });
}
