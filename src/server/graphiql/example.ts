import { graphql } from 'graphql';
import { stateIdOf } from '../../domain/definitions/blocks.ts';
import type { Gateway } from '../../domain/gateway.ts';
import type { Store } from '../../store/index.ts';
import { createContext } from '../../schema/context.ts';
import { schema } from '../../schema/index.ts';

/** What the operations of GraphiQL's page are about. */
export interface Example {
  /** Path of a job. */
  job: string;
  /** Path of a state that the job reads and writes; null when it has none. */
  state: string | null;
}

interface Answer {
  projects: {
    nodes: {
      defaultEnvironment: string | null;
      environments: {
        nodes: {
          name: string;
          path: string;
          stateIdSuffix: string | null;
          jobs: { nodes: { path: string; pairs: string[] }[] };
        }[];
      };
    }[];
  };
}

/** An interesting job: the first one in the default environment. Null when there is none. */
export async function findExample(store: Store, gateway: Gateway): Promise<Example | null> {
  const { data } = await graphql({
    schema,
    contextValue: createContext(store, gateway),
    source: `{
      projects {
        nodes {
          defaultEnvironment
          environments(orderBy: { field: CREATED_AT, direction: ASC }) {
            nodes {
              name path stateIdSuffix
              jobs(first: 1, orderBy: { field: CREATED_AT, direction: ASC }) { nodes { path pairs } }
            }
          }
        }
      }
    }`,
  });
  // GraphiQL also opens when this query fails, for example because the database is not reachable.
  const { projects } = (data ?? { projects: { nodes: [] } }) as unknown as Answer;
  const examples = projects.nodes.flatMap(({ defaultEnvironment, environments }) =>
    environments.nodes
      .toSorted((a, b) => Number(b.name === defaultEnvironment) - Number(a.name === defaultEnvironment))
      .flatMap(({ name, path, stateIdSuffix: suffix, jobs }) =>
        jobs.nodes.map((job): Example => {
          const [pair] = job.pairs;
          const state = pair === undefined ? null : `${path}/${stateIdOf(name, pair, suffix)}`;
          return { job: job.path, state };
        }),
      ),
  );
  return examples.find(({ job, state }) => isHarmless(job) && (state === null || isHarmless(state))) ?? null;
}

/** The paths go into GraphQL texts inside of a script of the page, so only harmless characters are allowed. */
function isHarmless(path: string): boolean {
  return /^[\p{L}\p{N}_./:-]+$/u.test(path);
}
