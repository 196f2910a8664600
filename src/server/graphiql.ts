import { graphql } from 'graphql';
import type { GraphiQLOptions } from 'graphql-yoga';
import type { Services } from '../domain/services.ts';
import { createContext } from '../schema/context.ts';
import { schema } from '../schema/index.ts';

/** What GraphiQL opens with: operations that work as they stand on a job of the first project. */
export async function graphiqlOptions(services: Services): Promise<GraphiQLOptions> {
  return {
    title: 'meltano-graphql',
    subscriptionsProtocol: 'SSE',
    defaultEditorToolsVisibility: false,
    defaultTabs: graphiqlTabs(await exampleJob(services)).map((query) => ({ query })),
  };
}

/** The page of GraphiQL with all its assets in it, so that it works offline. */
export async function graphiqlPage(options?: GraphiQLOptions): Promise<string> {
  // 9 MB, so loaded when it is first asked for.
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  // The animation of the tabs leaves each with a shift that shows while the tab is pressed: it slips away
  // under the pointer, and the first click on it would be lost.
  const style = '<style>.graphiql-tab { transform: none !important; }</style>';
  return renderGraphiQL(options).replace('</head>', `${style}</head>`);
}

/** Path of the job that is most likely of interest: the first one in the default environment. */
async function exampleJob(services: Services): Promise<string | null> {
  const { data } = await graphql({
    schema,
    contextValue: createContext(services),
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
  // Without an answer, as when the database is away, GraphiQL opens all the same.
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
  // The path stands in a GraphQL text within a script of a page, so only harmless signs will do.
  return paths.find((path) => /^[\p{L}\p{N}_./-]+$/u.test(path)) ?? null;
}

/**
 * The operations that GraphiQL opens with, a tab each. Their lines have up to 46 columns, which is what it
 * shows in a window 1280 wide.
 *
 * @param job path of the job that they are about; null when there is none to show
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
                nodes { name nextTicks(first: 2) }
              }
              states(first: 5) {
                nodes { stateId merged }
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
    ... on Error { code message }
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
  project(name: "${project}") {
    environment(name: "${environment}") {
      job(name: "${name}") {
        runs(first: 1) {
          nodes {
            status
            exitCode
            errorMessage
            states {
              nodes { stateId merged }
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
