import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { parse } from 'graphql';

// What every example sends. Their types are written by hand here; `codegen/` and `gql-tada/` show how tools write them.

export interface Run {
  __typename?: 'Run';
  id: string;
  status: string;
}

/** A page of the runs that failed, of all projects. */
export const failedRuns = document<
  { runs: { edges: { node: Run }[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } } },
  { first: number; after?: string | null }
>(`
  query FailedRuns($first: Int!, $after: String) {
    runs(first: $first, after: $after, filter: { statuses: [FAILED] }) {
      edges { node { id status } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

/** Each answer of a mutation is its success or a refusal: which, is said by `__typename`. */
type Refused = { __typename: 'NotFound' | 'InvalidInput'; code: string; message: string };

export const runJob = document<
  { runJob: { __typename: 'RunJobSuccess'; run: Run } | Refused },
  { input: { job: string; clientRequestId?: string } }
>(`
  mutation RunJob($input: RunJobInput!) {
    runJob(input: $input) {
      __typename
      ... on RunJobSuccess { run { id status } }
      ... on UserError { code message }
    }
  }
`);

export const cancelRun = document<
  { cancelRun: { __typename: 'CancelRunSuccess'; run: Run } | Refused },
  { input: { run: string } }
>(`
  mutation CancelRun($input: CancelRunInput!) {
    cancelRun(input: $input) {
      __typename
      ... on CancelRunSuccess { run { id status } }
      ... on UserError { code message }
    }
  }
`);

/** A run as it is, and each time it changes, until it has ended. */
export const runUpdated = document<{ runUpdated: Run }, { run: string }>(`
  subscription RunUpdated($run: ID!) {
    runUpdated(run: $run) { id status }
  }
`);

function document<Data, Variables>(text: string): TypedDocumentNode<Data, Variables> {
  return parse(text);
}
