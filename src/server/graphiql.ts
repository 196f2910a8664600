import type { GraphiQLOptions } from 'graphql-yoga';

/** What GraphiQL opens with: operations that work as they stand on the sample project. */
export const graphiqlOptions: GraphiQLOptions = {
  title: 'meltano-graphql',
  subscriptionsProtocol: 'SSE',
  defaultTabs: [
    {
      query: `# The whole graph in one request: a project, its environments, their jobs and the newest runs.
query Tree {
  projects(first: 5) {
    nodes {
      name
      environments(first: 5) {
        nodes {
          name
          jobs(first: 10) {
            nodes {
              name
              path
              tasks { blocks }
              runs(first: 3) {
                totalCount
                nodes { id status createdAt endedAt exitCode }
              }
              schedules(first: 5) { nodes { name interval nextTicks(first: 2) } }
              states(first: 5) { nodes { stateId merged updatedAt } }
            }
          }
        }
      }
    }
  }
}
`,
    },
    {
      query: `# Starts a job; the answer comes at once, with the run still queued.
mutation RunJob {
  runJob(input: { job: "demo/dev/sales" }) {
    __typename
    ... on RunJobSuccess {
      run { id status command }
    }
    ... on Error { code message path }
  }
}
`,
    },
    {
      query: `# Follows the job's newest run: the lines so far, then each as it comes. Run the job first.
subscription Log {
  runLogs(run: "demo/dev/sales") {
    cursor
    node { sequence timestamp level plugin message }
  }
}
`,
    },
    {
      query: `# What the newest run of the job left: how it ended, what was counted, and the state.
query Result {
  project(name: "demo") {
    environment(name: "dev") {
      job(name: "sales") {
        runs(first: 1) {
          nodes {
            status
            exitCode
            errorMessage
            blocks { nodes { command status durationSeconds } }
            metrics { nodes { plugin stream name value } }
            states { nodes { stateId merged } }
            logs(last: 5) { nodes { level message } }
          }
        }
      }
    }
  }
}
`,
    },
  ],
};
