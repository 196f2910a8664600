// Operations as a Relay application writes them; relay-compiler reads the tagged templates.
declare function graphql(strings: TemplateStringsArray): unknown;

export const runFragment = graphql`
  fragment Sample_run on Run {
    id
    status
    createdAt
    waitingFor {
      message
      run {
        id
      }
    }
  }
`;

export const jobFragment = graphql`
  fragment Sample_job on Job
  @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" })
  @refetchable(queryName: "SampleJobRunsQuery") {
    name
    runs(first: $count, after: $cursor, filter: { statuses: [SUCCEEDED, FAILED] })
      @connection(key: "Sample_job_runs") {
      edges {
        node {
          id
          ...Sample_run
        }
      }
    }
  }
`;

export const query = graphql`
  query SampleQuery($project: ID!) {
    project(ref: $project) {
      environments(first: 5) {
        nodes {
          name
          jobs(first: 5, orderBy: { field: NAME, direction: ASC }) {
            nodes {
              id
              ...Sample_job
            }
          }
        }
      }
    }
  }
`;

export const runJob = graphql`
  mutation SampleRunJobMutation($input: RunJobInput!) {
    runJob(input: $input) {
      __typename
      ... on RunJobSuccess {
        run {
          ...Sample_run
        }
      }
      ... on UserError {
        code
        message
        path
      }
      ... on InvalidInput {
        fields {
          path
          code
        }
      }
    }
  }
`;

export const cancelRun = graphql`
  mutation SampleCancelRunMutation($run: ID!) {
    cancelRun(input: { run: $run }) {
      __typename
    }
  }
`;

export const move = graphql`
  mutation SampleMoveMutation($to: MoveTarget!) {
    moveResource(input: { resource: { job: "demo/dev/sales" }, to: $to }) {
      ... on MoveResourceSuccess {
        resource {
          id
        }
      }
    }
  }
`;

export const updates = graphql`
  subscription SampleUpdatesSubscription($run: ID!) {
    runUpdated(run: $run) {
      ...Sample_run
    }
  }
`;
