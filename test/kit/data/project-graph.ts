import type { TestApp } from '../app.ts';

export interface Thing {
  id: string;
  name: string;
}

export interface Graph {
  id: string;
  importWarnings: string[];
  plugins: { nodes: Thing[] };
  environments: {
    nodes: (Thing & {
      jobs: { nodes: (Thing & { tasks: { blocks: string[] }[]; runs: { nodes: { id: string }[] } })[] };
      schedules: { nodes: (Thing & { interval: string; job: { path: string } | null })[] };
      states: { nodes: { id: string; version: number }[] };
    })[];
  };
}

/** A project, with everything that an import makes from it. */
export async function graphOf(app: Pick<TestApp, 'query'>, name: string): Promise<Graph> {
  const { project } = await app.query<{ project: Graph }>(
    `query ($name: ID!) { project(ref: $name) {
      id importWarnings plugins { nodes { id name } }
      environments { nodes { id name
        jobs { nodes { id name tasks { blocks } runs { nodes { id } } } }
        schedules { nodes { id name interval job { path } } }
        states { nodes { id version } }
      } }
    } }`,
    { name },
  );
  return project;
}

/** The ids of everything in a project, by kind and name. */
export function ids({ environments, plugins }: Graph): Record<string, string> {
  return Object.fromEntries([
    ...plugins.nodes.map(({ name, id }) => [`plugin ${name}`, id]),
    ...environments.nodes.flatMap((environment) => [
      [`environment ${environment.name}`, environment.id],
      ...environment.jobs.nodes.map(({ name, id }) => [`job ${environment.name}/${name}`, id]),
      ...environment.schedules.nodes.map(({ name, id }) => [`schedule ${environment.name}/${name}`, id]),
    ]),
  ]) as Record<string, string>;
}

/** A job of such a project. */
export function job(graph: Graph, environment: string, name: string) {
  const jobs = graph.environments.nodes.find((one) => one.name === environment)?.jobs.nodes;
  return jobs?.find((one) => one.name === name);
}

/** A schedule of such a project. */
export function schedule(graph: Graph, environment: string, name: string) {
  const schedules = graph.environments.nodes.find((one) => one.name === environment)?.schedules.nodes;
  return schedules?.find((one) => one.name === name);
}
