import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeGlobalId } from '../../../src/domain/naming/global-id.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { seeder, type Seeder } from '../../kit/data/seed.ts';

let app: TestApp;
let seed: Seeder;
let project: string;
beforeAll(async () => {
  app = await startTestApp();
  seed = seeder(app.app.store);
  project = await seed.project({ name: 'walked' });
});
afterAll(() => app.stop());

interface Page {
  edges: { node: { id: string } }[];
  pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  };
}

/** What happens between two pages: jobs come and go. */
interface Change {
  added: string[];
  removed: string[];
}

const name = fc.string({ minLength: 1, maxLength: 3, unit: fc.constantFrom('a', 'b', 'c') });
const names = fc.uniqueArray(name, { maxLength: 12 });
const change: fc.Arbitrary<Change> = fc.record({
  added: fc.uniqueArray(name, { maxLength: 3 }),
  removed: fc.uniqueArray(name, { maxLength: 3 }),
});
const order = fc.record({
  field: fc.constantFrom('NAME', 'CREATED_AT'),
  direction: fc.constantFrom('ASC', 'DESC'),
});

const globalId = (id: string): string => encodeGlobalId({ type: 'Job', id });

let count = 0;

test('a walk meets every row that stays once, and none twice, while others come and go', async () => {
  const property = fc.asyncProperty(
    names,
    order,
    fc.integer({ min: 1, max: 4 }),
    fc.boolean(),
    fc.array(change, { maxLength: 5 }),
    async (present, by, size, isForward, changes) => {
      const environment = `e${(count += 1)}`;
      const environmentId = await seed.environment(project, { name: environment });
      const ids = new Map<string, string>();
      const add = async (one: string): Promise<void> => {
        ids.set(one, await seed.job(environmentId, { name: one }));
      };
      for (const one of present) await add(one);
      const touched = new Set<string>();
      const met: string[] = [];
      const between = [...changes];
      for (let cursor: string | null = null; ;) {
        const { page, next } = await readPage(environment, by, size, isForward, cursor);
        met.push(...page);
        if (next === null) break;
        cursor = next;
        const { added, removed } = between.shift() ?? { added: [], removed: [] };
        for (const one of removed) {
          const id = ids.get(one);
          if (id === undefined) continue;
          touched.add(id);
          ids.delete(one);
          await app.app.store.prisma.job.delete({ where: { id } });
        }
        for (const one of added.filter((each) => !ids.has(each))) {
          await add(one);
          touched.add(ids.get(one) ?? '');
        }
      }
      expect(new Set(met).size).toBe(met.length);
      const stayed = [...ids.values()].filter((id) => !touched.has(id));
      expect(stayed.map(globalId).filter((id) => !met.includes(id))).toEqual([]);
    },
  );
  await fc.assert(property, { numRuns: 60 });
});

/** Ids of a page's jobs, and the cursor to go on from; null at the end. */
async function readPage(
  environment: string,
  orderBy: object,
  size: number,
  isForward: boolean,
  cursor: string | null,
): Promise<{ page: string[]; next: string | null }> {
  const variables = {
    environment,
    orderBy,
    ...(isForward ? { first: size, after: cursor } : { last: size, before: cursor }),
  };
  const { project: walked } = await app.query<{ project: { environment: { jobs: Page } } }>(
    `query ($environment: String!, $orderBy: JobOrder, $first: Int, $after: String, $last: Int, $before: String) {
      project(ref: "walked") { environment(name: $environment) {
        jobs(orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
          edges { node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        }
      } }
    }`,
    variables,
  );
  const { edges, pageInfo } = walked.environment.jobs;
  const goesOn = isForward ? pageInfo.hasNextPage : pageInfo.hasPreviousPage;
  const ids = edges.map(({ node }) => node.id);
  return {
    page: isForward ? ids : ids.reverse(),
    next: goesOn ? (isForward ? pageInfo.endCursor : pageInfo.startCursor) : null,
  };
}
