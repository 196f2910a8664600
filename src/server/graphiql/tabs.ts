import { graphql } from 'graphql';
import type { Gateway } from '../../domain/gateway.ts';
import type { Store } from '../../store/index.ts';
import { createContext } from '../../schema/context.ts';
import { schema } from '../../schema/index.ts';

/** Path of an interesting job: the first one in the default environment. Null when there is none. */
export async function exampleJob(store: Store, gateway: Gateway): Promise<string | null> {
  const { data } = await graphql({
    schema,
    contextValue: createContext(store, gateway),
    source: `{
      projects {
        nodes {
          defaultEnvironment
          environments(orderBy: { field: CREATED_AT, direction: ASC }) {
            nodes { name jobs(first: 1, orderBy: { field: CREATED_AT, direction: ASC }) { nodes { path } } }
          }
        }
      }
    }`,
  });
  // GraphiQL also opens when this query fails, for example because the database is not reachable.
  const { projects } = (data ?? { projects: { nodes: [] } }) as {
    projects: {
      nodes: {
        defaultEnvironment: string | null;
        environments: { nodes: { name: string; jobs: { nodes: { path: string }[] } }[] };
      }[];
    };
  };
  const paths = projects.nodes.flatMap(({ defaultEnvironment, environments }) =>
    environments.nodes
      .toSorted((a, b) => Number(b.name === defaultEnvironment) - Number(a.name === defaultEnvironment))
      .flatMap(({ jobs }) => jobs.nodes.map(({ path }) => path)),
  );
  // The path goes into a GraphQL text inside of a script of the page, so only harmless characters are
  // allowed.
  return paths.find((path) => /^[\p{L}\p{N}_./-]+$/u.test(path)) ?? null;
}

/**
 * The operations that GraphiQL opens with, one for each tab. Their lines have at most 46 columns, which fit
 * into a window with a width of 1280 pixels.
 *
 * @param job path of the job that they use; null when there is none
 */
export function graphiqlTabs(job: string | null): string[] {
  const hint = job === null ? '\n# Write the path of a job in place of the one below.' : '';
  const path = job ?? 'project/environment/job';
  const [project, environment, name] = path.split('/') as [string, string, string];
  return [
    `# Everything is one graph: projects, their
# environments, jobs, runs and state. Press
# the button, or Ctrl-Enter.
query ProjectTree {
  projects(first: 5) {
    nodes {
      name
      environments(first: 5) {
        nodes {
          name
          jobs(first: 10) {
            nodes {
              path
              runs(first: 3) {
                totalCount
                nodes { status createdAt }
              }
              schedules(first: 5) {
                nodes { name nextRuns(first: 2) { dueAt } }
              }
              states(first: 5) {
                nodes {
                  stateId
                  merged { json }
                }
              }
            }
          }
        }
      }
    }
  }
}
`,
    `# Starts a job. The answer comes at once,
# with the run still QUEUED.${hint}
mutation RunJob {
  runJob(input: {
    job: "${path}"
  }) {
    ... on RunJobSuccess {
      run { id status command }
    }
    ... on UserError { code message }
  }
}
`,
    `# Follows the newest run of the job: first
# the lines so far, then each as it comes.
# Run the job first.${hint}
subscription FollowLog {
  runLogs(
    run: "${path}"
  ) {
    cursor
    node { sequence level plugin message }
  }
}
`,
    `# What the newest run of the job has done:
# how it ended, what it counted, and the
# state from which the next one goes on.${hint}
query RunResult {
  project(ref: "${project}") {
    environment(name: "${environment}") {
      job(name: "${name}") {
        runs(first: 1) {
          nodes {
            status
            exitCode
            errorMessage
            states {
              nodes {
                stateId
                merged { json }
              }
            }
            blocks {
              nodes { command status }
            }
            metrics {
              nodes { plugin stream name value }
            }
            logs(last: 5) {
              nodes { level message }
            }
          }
        }
      }
    }
  }
}
`,
  ];
}
