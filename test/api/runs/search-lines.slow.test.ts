import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeGlobalId } from '../../../src/domain/naming/global-id.ts';
import { searchedLines } from '../../../src/store/runs/line-filter.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { seeder } from '../../kit/data/seed.ts';

// A log of so many lines that several pages are needed to search it. Every 9,000th line says `Needle`.

const count = 2 * searchedLines + 5000;
const needles = Array.from({ length: 5 }, (_, i) => 9000 * (i + 1));

let app: TestApp;
let run: string;
beforeAll(async () => {
  app = await startTestApp();
  const seed = seeder(app.app.store);
  const project = await seed.project({ name: 'lines' });
  run = await seed.run(project, { status: 'SUCCEEDED', logCount: count });
  await seed.block(run, { position: 0, firstLine: 1, lastLine: 30_000 });
  await seed.block(run, { position: 1, firstLine: 30_001 });
  await seed.block(run, { position: 2 });
  await app.app.store.prisma.$executeRaw`
    INSERT INTO "RunLog" ("runId", sequence, "timestamp", level, plugin, stdio, message)
    SELECT ${run}::uuid, n, now(), 'INFO', CASE n % 2 WHEN 0 THEN 'tap' END,
      CASE n % 2 WHEN 0 THEN 'STDERR'::"Stdio" END, CASE n % 9000 WHEN 0 THEN 'a Needle' ELSE 'hay' END
    FROM generate_series(1, ${count}) AS n`;
});
afterAll(() => app.stop());

interface Logs {
  totalCount: number | null;
  nodes: { sequence: number }[];
  pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  };
}

async function page(args: string): Promise<Logs> {
  const { node } = await app.query<{ node: { logs: Logs } }>(
    `query ($id: ID!) { node(id: $id) { ... on Run { logs(${args}) {
      totalCount nodes { sequence } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    } } } }`,
    { id: encodeGlobalId({ type: 'Run', id: run }) },
  );
  return node.logs;
}

/** The numbers of the lines of all pages, by pages. */
async function pages(filter: string, isBackward: boolean): Promise<number[][]> {
  const found: number[][] = [];
  let cursor: string | null = null;
  for (;;) {
    const args: string = isBackward
      ? `last: 2, before: "${cursor ?? ''}"`
      : `first: 2, after: "${cursor ?? ''}"`;
    const { nodes, pageInfo } = await page(`${args}, filter: {${filter}}`);
    found.push(nodes.map(({ sequence }) => sequence));
    if (!(isBackward ? pageInfo.hasPreviousPage : pageInfo.hasNextPage)) return found;
    cursor = isBackward ? pageInfo.startCursor : pageInfo.endCursor;
  }
}

test('a text is found from either end, and each page looks at a bounded number of lines', async () => {
  expect(await pages('text: "Needle"', false)).toEqual([[9000, 18_000], [27_000, 36_000], [45_000]]);
  expect((await pages('text: "Needle"', true)).flat().sort((a, b) => a - b)).toEqual(needles);
  expect(await pages('text: "needle"', false)).toEqual([[], [], []]);
  expect(await pages('text: "nEEDLE", ignoreCase: true', true)).toEqual(await pages('text: "Needle"', true));
  expect(await pages('text: "100%_"', false)).toEqual([[], [], []]);
});

test('a page without lines says how far it has looked', async () => {
  const first = await page('filter: { text: "nothing" }');
  expect(first).toMatchObject({
    nodes: [],
    totalCount: null,
    pageInfo: { hasNextPage: true, hasPreviousPage: false },
  });
  const next = await page(
    `filter: { text: "nothing" }, after: "${first.pageInfo.endCursor ?? ''}", first: 1`,
  );
  expect(next).toMatchObject({ nodes: [], pageInfo: { hasNextPage: true, hasPreviousPage: true } });
  const from = await page(`after: "${first.pageInfo.endCursor ?? ''}", first: 1`);
  expect(from.nodes).toEqual([{ sequence: searchedLines + 1 }]);
});

test('the lines of a block are found without looking at others', async () => {
  expect((await page('filter: { block: 1 }, first: 1')).nodes).toEqual([{ sequence: 30_001 }]);
  expect((await page('filter: { block: 0 }, last: 1')).nodes).toEqual([{ sequence: 30_000 }]);
  expect(await page('filter: { block: 2 }')).toMatchObject({ nodes: [], totalCount: 0 });
  expect(await page('filter: { block: 7, text: "Needle" }')).toMatchObject({ nodes: [], totalCount: 0 });
  expect(await page('filter: { block: 1, text: "Needle" }')).toMatchObject({
    nodes: [{ sequence: 36_000 }, { sequence: 45_000 }],
    totalCount: 2,
    pageInfo: { hasNextPage: false },
  });
  expect(await pages('block: 0, text: "Needle"', true)).toEqual([[18_000, 27_000], [9000]]);
});

test('the conditions go together', async () => {
  expect((await page('filter: { stdio: STDERR, pluginName: "tap", text: "hay" }, first: 2')).nodes).toEqual([
    { sequence: 2 },
    { sequence: 4 },
  ]);
  expect(await pages('stdio: STDOUT', false)).toEqual([[], [], []]);
  expect((await page('filter: { text: "Needle", minLevel: WARNING }')).nodes).toEqual([]);
  expect((await page('filter: { text: "" }, first: 1')).totalCount).toBeNull();
});

test('the statements that search are one for each page, and read no more lines than they may', async () => {
  const { statements } = await app.counting(() => page('filter: { text: "nothing" }'));
  expect(statements).toHaveLength(1);
});

test('followers get the lines that meet the same conditions', async () => {
  const { logs } = app.app.store;
  const found: number[] = [];
  for (let at = 0, last = -1; at !== last;) {
    last = at;
    const { lines, reached } = await logs.after(run, at, 2, { text: 'Needle', block: 0 });
    found.push(...lines.map(({ sequence }) => sequence));
    at = reached;
  }
  expect(found).toEqual([9000, 18_000, 27_000]);
});
