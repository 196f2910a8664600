// Written by npm run schema.
/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> =
  T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
export type CancelRunInput = {
  clientRequestId?: string | null | undefined;
  run: string;
};

export type EnvironmentVariableInput = {
  name: string;
  value: string;
};

export type ErrorCode =
  | 'ALREADY_EXISTS'
  | 'BUSY'
  | 'CONFLICT'
  | 'INTERNAL_SERVER_ERROR'
  | 'INVALID_INPUT'
  | 'LIMIT_EXCEEDED'
  | 'NOT_FOUND'
  | 'UNAVAILABLE'
  | 'WRONG_STATUS';

export type LogLevel = 'CRITICAL' | 'DEBUG' | 'ERROR' | 'INFO' | 'WARNING';

export type RetryCause = 'FAILED' | 'LOST' | 'SHUTDOWN' | 'TIMED_OUT';

export type RetryPolicyInput = {
  backoffFactor?: number | null | undefined;
  initialDelaySeconds?: number | null | undefined;
  maxAttempts: number;
  maxDelaySeconds?: number | null | undefined;
  retryOn?: Array<RetryCause> | null | undefined;
};

export type RunBlockStatus = 'ABANDONED' | 'FAILED' | 'PENDING' | 'RUNNING' | 'SUCCEEDED';

export type RunCommandInput = {
  clientRequestId?: string | null | undefined;
  command: string;
  delaySeconds?: number | null | undefined;
  env?: Array<EnvironmentVariableInput> | null | undefined;
  environment: string;
  expiresAfterSeconds?: number | null | undefined;
  fullRefresh?: boolean | null | undefined;
  labels?: Array<string> | null | undefined;
  noStateUpdate?: boolean | null | undefined;
  priority?: RunPriority | null | undefined;
  refreshCatalog?: boolean | null | undefined;
  retryPolicy?: RetryPolicyInput | null | undefined;
  runAt?: string | null | undefined;
  stateIdSuffix?: string | null | undefined;
  stateStrategy?: StateStrategy | null | undefined;
  timeoutSeconds?: number | null | undefined;
};

export type RunJobInput = {
  clientRequestId?: string | null | undefined;
  delaySeconds?: number | null | undefined;
  env?: Array<EnvironmentVariableInput> | null | undefined;
  expiresAfterSeconds?: number | null | undefined;
  fullRefresh?: boolean | null | undefined;
  job: string;
  labels?: Array<string> | null | undefined;
  noStateUpdate?: boolean | null | undefined;
  priority?: RunPriority | null | undefined;
  refreshCatalog?: boolean | null | undefined;
  retryPolicy?: RetryPolicyInput | null | undefined;
  runAt?: string | null | undefined;
  stateIdSuffix?: string | null | undefined;
  stateStrategy?: StateStrategy | null | undefined;
  timeoutSeconds?: number | null | undefined;
};

export type RunPriority = 'HIGH' | 'HIGHEST' | 'LOW' | 'LOWEST' | 'NORMAL';

export type RunStatus =
  'CANCELLED' | 'CANCELLING' | 'FAILED' | 'LOST' | 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'TIMED_OUT';

export type SetStateInput = {
  clientRequestId?: string | null | undefined;
  document: StateDocumentInput;
  environment: string;
  force?: boolean | null | undefined;
  ifMatch?: string | null | undefined;
  stateId: string;
};

export type StateDocumentInput = { json: unknown; text?: never } | { json?: never; text: string };

export type StateStrategy = 'AUTO' | 'MERGE' | 'OVERWRITE';

export type RunJobMutationVariables = Exact<{
  input: RunJobInput;
}>;

export type RunJobMutation = {
  runJob:
    | { __typename: 'Conflict'; code: ErrorCode; message: string; path: Array<string> | null }
    | { __typename: 'InvalidInput'; code: ErrorCode; message: string; path: Array<string> | null }
    | { __typename: 'NotFound'; code: ErrorCode; message: string; path: Array<string> | null }
    | { __typename: 'RunJobSuccess'; run: { id: string } }
    | { __typename: 'Unavailable'; code: ErrorCode; message: string; path: Array<string> | null };
};

export type RunCommandMutationVariables = Exact<{
  input: RunCommandInput;
}>;

export type RunCommandMutation = {
  runCommand:
    | { __typename: 'Conflict'; code: ErrorCode; message: string; path: Array<string> | null }
    | { __typename: 'InvalidInput'; code: ErrorCode; message: string; path: Array<string> | null }
    | { __typename: 'NotFound'; code: ErrorCode; message: string; path: Array<string> | null }
    | { __typename: 'RunCommandSuccess'; run: { id: string } }
    | { __typename: 'Unavailable'; code: ErrorCode; message: string; path: Array<string> | null };
};

export type CancelRunMutationVariables = Exact<{
  input: CancelRunInput;
}>;

export type CancelRunMutation = {
  cancelRun:
    | {
        __typename: 'CancelRunSuccess';
        run: {
          id: string;
          status: RunStatus;
          isEnded: boolean;
          exitCode: number | null;
          durationSeconds: number | null;
          errorMessage: string | null;
          waitingFor: { message: string } | null;
        };
      }
    | { __typename: 'Conflict'; code: ErrorCode; message: string; path: Array<string> | null }
    | { __typename: 'InvalidInput'; code: ErrorCode; message: string; path: Array<string> | null }
    | { __typename: 'NotFound'; code: ErrorCode; message: string; path: Array<string> | null }
    | { __typename: 'Unavailable'; code: ErrorCode; message: string; path: Array<string> | null }
    | { __typename: 'WrongStatus'; code: ErrorCode; message: string; path: Array<string> | null };
};

export type LogsSubscriptionVariables = Exact<{
  run: string;
  after?: string | null | undefined;
}>;

export type LogsSubscription = {
  runLogs: {
    cursor: string;
    node: { timestamp: string; level: LogLevel; plugin: string | null; message: string };
  };
};

export type UpdatesSubscriptionVariables = Exact<{
  run: string;
}>;

export type UpdatesSubscription = {
  runUpdated: {
    id: string;
    status: RunStatus;
    isEnded: boolean;
    exitCode: number | null;
    durationSeconds: number | null;
    errorMessage: string | null;
    waitingFor: { message: string } | null;
  };
};

export type ProgressQueryVariables = Exact<{
  run: string;
}>;

export type ProgressQuery = {
  node:
    | {
        blocks: {
          nodes: Array<{
            command: string;
            extractor: string | null;
            loader: string | null;
            status: RunBlockStatus;
            durationSeconds: number | null;
          }>;
        };
        metrics: { nodes: Array<{ plugin: string; name: string; value: number }> };
      }
    | Record<PropertyKey, never>
    | null;
};

export type StateQueryVariables = Exact<{
  state: string;
}>;

export type StateQuery = {
  state: { stateId: string; version: number; etag: string; merged: { text: string } } | null;
};

export type SetStateMutationVariables = Exact<{
  input: SetStateInput;
}>;

export type SetStateMutation = {
  setState:
    | { __typename: 'Busy'; code: ErrorCode; message: string; path: Array<string> | null }
    | { __typename: 'Conflict'; code: ErrorCode; message: string; path: Array<string> | null }
    | { __typename: 'InvalidInput'; code: ErrorCode; message: string; path: Array<string> | null }
    | { __typename: 'NotFound'; code: ErrorCode; message: string; path: Array<string> | null }
    | { __typename: 'SetStateSuccess'; state: { path: string; version: number } }
    | { __typename: 'Unavailable'; code: ErrorCode; message: string; path: Array<string> | null };
};

export type SummaryFragment = {
  id: string;
  status: RunStatus;
  isEnded: boolean;
  exitCode: number | null;
  durationSeconds: number | null;
  errorMessage: string | null;
  waitingFor: { message: string } | null;
};

type Refusal_AlreadyExists_Fragment = { code: ErrorCode; message: string; path: Array<string> | null };

type Refusal_Busy_Fragment = { code: ErrorCode; message: string; path: Array<string> | null };

type Refusal_Conflict_Fragment = { code: ErrorCode; message: string; path: Array<string> | null };

type Refusal_InternalError_Fragment = { code: ErrorCode; message: string; path: Array<string> | null };

type Refusal_InvalidInput_Fragment = { code: ErrorCode; message: string; path: Array<string> | null };

type Refusal_LimitExceeded_Fragment = { code: ErrorCode; message: string; path: Array<string> | null };

type Refusal_NotFound_Fragment = { code: ErrorCode; message: string; path: Array<string> | null };

type Refusal_Unavailable_Fragment = { code: ErrorCode; message: string; path: Array<string> | null };

type Refusal_WrongStatus_Fragment = { code: ErrorCode; message: string; path: Array<string> | null };

export type RefusalFragment =
  | Refusal_AlreadyExists_Fragment
  | Refusal_Busy_Fragment
  | Refusal_Conflict_Fragment
  | Refusal_InternalError_Fragment
  | Refusal_InvalidInput_Fragment
  | Refusal_LimitExceeded_Fragment
  | Refusal_NotFound_Fragment
  | Refusal_Unavailable_Fragment
  | Refusal_WrongStatus_Fragment;

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const SummaryFragmentDoc = new TypedDocumentString(
  `
    fragment Summary on Run {
  id
  status
  isEnded
  exitCode
  durationSeconds
  errorMessage
  waitingFor {
    message
  }
}
    `,
  { fragmentName: 'Summary' },
) as unknown as TypedDocumentString<SummaryFragment, unknown>;
export const RefusalFragmentDoc = new TypedDocumentString(
  `
    fragment Refusal on UserError {
  code
  message
  path
}
    `,
  { fragmentName: 'Refusal' },
) as unknown as TypedDocumentString<RefusalFragment, unknown>;
export const RunJobDocument = new TypedDocumentString(`
    mutation RunJob($input: RunJobInput!) {
  runJob(input: $input) {
    __typename
    ... on RunJobSuccess {
      run {
        id
      }
    }
    ...Refusal
  }
}
    fragment Refusal on UserError {
  code
  message
  path
}`) as unknown as TypedDocumentString<RunJobMutation, RunJobMutationVariables>;
export const RunCommandDocument = new TypedDocumentString(`
    mutation RunCommand($input: RunCommandInput!) {
  runCommand(input: $input) {
    __typename
    ... on RunCommandSuccess {
      run {
        id
      }
    }
    ...Refusal
  }
}
    fragment Refusal on UserError {
  code
  message
  path
}`) as unknown as TypedDocumentString<RunCommandMutation, RunCommandMutationVariables>;
export const CancelRunDocument = new TypedDocumentString(`
    mutation CancelRun($input: CancelRunInput!) {
  cancelRun(input: $input) {
    __typename
    ... on CancelRunSuccess {
      run {
        ...Summary
      }
    }
    ...Refusal
  }
}
    fragment Summary on Run {
  id
  status
  isEnded
  exitCode
  durationSeconds
  errorMessage
  waitingFor {
    message
  }
}
fragment Refusal on UserError {
  code
  message
  path
}`) as unknown as TypedDocumentString<CancelRunMutation, CancelRunMutationVariables>;
export const LogsDocument = new TypedDocumentString(`
    subscription Logs($run: ID!, $after: String) {
  runLogs(run: $run, after: $after) {
    cursor
    node {
      timestamp
      level
      plugin
      message
    }
  }
}
    `) as unknown as TypedDocumentString<LogsSubscription, LogsSubscriptionVariables>;
export const UpdatesDocument = new TypedDocumentString(`
    subscription Updates($run: ID!) {
  runUpdated(run: $run) {
    ...Summary
  }
}
    fragment Summary on Run {
  id
  status
  isEnded
  exitCode
  durationSeconds
  errorMessage
  waitingFor {
    message
  }
}`) as unknown as TypedDocumentString<UpdatesSubscription, UpdatesSubscriptionVariables>;
export const ProgressDocument = new TypedDocumentString(`
    query Progress($run: ID!) {
  node(id: $run) {
    ... on Run {
      blocks(first: 100) {
        nodes {
          command
          extractor
          loader
          status
          durationSeconds
        }
      }
      metrics(first: 100) {
        nodes {
          plugin
          name
          value
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ProgressQuery, ProgressQueryVariables>;
export const StateDocument = new TypedDocumentString(`
    query State($state: ID!) {
  state(ref: $state) {
    stateId
    version
    etag
    merged {
      text
    }
  }
}
    `) as unknown as TypedDocumentString<StateQuery, StateQueryVariables>;
export const SetStateDocument = new TypedDocumentString(`
    mutation SetState($input: SetStateInput!) {
  setState(input: $input) {
    __typename
    ... on SetStateSuccess {
      state {
        path
        version
      }
    }
    ...Refusal
  }
}
    fragment Refusal on UserError {
  code
  message
  path
}`) as unknown as TypedDocumentString<SetStateMutation, SetStateMutationVariables>;
