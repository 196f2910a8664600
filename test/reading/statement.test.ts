import { describe, expect, test } from 'vitest';
import { sql } from '../../src/lib/sql.ts';
import { singleRow } from '../../src/reading/look-ahead.ts';
import type { PageShape, Reading } from '../../src/reading/pages.ts';
import { readLimits } from '../../src/reading/read-limits.ts';
import { pageBelow } from '../../src/reading/rows.ts';
import type { OrderColumn, Source, Table } from '../../src/reading/sources.ts';
import { readPages } from '../../src/reading/sql/read-pages.ts';

// Authors have books, a book has a publisher and reviews: what is sent for a page of them, and what is made of
// the answer.

const table = (name: string): Table => ({
  name,
  required: new Set(['id', 'title']),
  plain: new Set(['pages']),
  words: new Set(['id', 'publisherId']),
  times: new Set(['printedAt']),
  documents: new Set(['contents']),
  long: new Set(['contents', 'blurb']),
  huge: new Set(['scan']),
});

const books: Source = { table: table('Book'), parent: sql`t."authorId" = p.id` };
const publisher: Source = { table: table('Publisher'), parent: sql`t.id = p.id` };
const reviews: Source = { table: table('Review'), parent: sql`t."bookId" = p.id` };

const byTitle: OrderColumn[] = [
  { name: 'title', type: 'text' },
  { name: 'id', type: 'uuid' },
];

function page(asked: Partial<PageShape>): PageShape {
  return { ...singleRow, columns: [], below: [], ...asked };
}

function reading(source: Source, by: string, shape: PageShape): Reading {
  return { token: {}, source, by, shape };
}

const maxBytes = 1000;

/** Reads one page of an author's books. @param answers the rows that the database gives */
async function readBooks(shape: PageShape, answers: Record<string, unknown>[] = []) {
  const sent: string[] = [];
  const [read] = await readPages(
    (text, values) => {
      expect(values).toEqual(['{author}']);
      sent.push(text);
      return Promise.resolve(answers);
    },
    books,
    [{ parentId: 'author', shape }],
    readLimits(maxBytes, maxBytes),
  );
  if (!read) throw new Error('No page was read.');
  return { page: read, text: squeeze(sent.join('; ')) };
}

/** The text with single blanks, and none inside brackets, so that an expected text can be written in lines. */
function squeeze(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll('( ', '(').replaceAll(' )', ')').trim();
}

test('a page is a lateral subquery for each parent, with its rows as one JSON array', async () => {
  const shape = page({
    order: byTitle,
    cursors: true,
    limit: 2,
    peek: true,
    columns: ['printedAt', 'pages'],
  });
  const { page: read, text } = await readBooks(shape, [
    {
      level: 0,
      key: 'author',
      rows: JSON.stringify([
        ['A', '1', '2026-01-31T12:00:00.5+00:00', 5],
        ['B', '2', null, null],
        ['C', '3', null, null],
      ]),
      count: null,
      earlier: false,
    },
  ]);
  expect(text).toBe(
    squeeze(`
      SELECT 0 AS level, p.id AS key,
        (SELECT '[' || string_agg('[' || to_json(r0."title")::text || ',"' || r0."id"::text || '",'
          || coalesce(to_json(r0."printedAt")::text, 'null') || ',' || coalesce(r0."pages"::text, 'null') || ']', ',') || ']'
        FROM (
          SELECT t."title", t."id", t."printedAt", t."pages" FROM "Book" AS t
          WHERE t.tableoid::bigint IS NOT NULL AND t."authorId" = p.id
          ORDER BY t."title" ASC, t."id" ASC LIMIT 3
        ) AS r0) AS rows,
        NULL::int AS count, false AS earlier
      FROM unnest($1::text::uuid[]) AS p(id)`),
  );
  expect(read).toEqual({
    shape,
    rows: [
      { title: 'A', id: '1', printedAt: '2026-01-31T12:00:00.500Z', pages: 5 },
      { title: 'B', id: '2', printedAt: null, pages: null },
    ],
    more: true,
    earlier: false,
    reached: null,
    count: null,
  });
});

test('a single row is joined to the row that leads to it, and stands in its array', async () => {
  const publisherOf = reading(publisher, 'publisherId', page({ columns: ['name'] }));
  const { page: read, text } = await readBooks(page({ limit: 5, columns: ['id'], below: [publisherOf] }), [
    {
      level: 0,
      key: 'author',
      rows: JSON.stringify([
        ['1', ['House']],
        ['2', null],
        ['3', 'lost'],
      ]),
      count: null,
      earlier: false,
    },
  ]);
  expect(text).toBe(
    squeeze(`
      SELECT 0 AS level, p.id AS key,
        (SELECT '[' || string_agg('["' || r0."id"::text || '",' ||
          (CASE WHEN r1."id" IS NULL THEN coalesce(to_json(r0."publisherId")::text, 'null')
            ELSE '[' || coalesce(to_json(r1."name")::text, 'null') || ']' END) || ']', ',') || ']'
        FROM (
          SELECT t."id", t."publisherId" FROM "Book" AS t
          WHERE t.tableoid::bigint IS NOT NULL AND t."authorId" = p.id ORDER BY t."id" ASC LIMIT 5
        ) AS r0 LEFT JOIN LATERAL (
          SELECT t.* FROM (SELECT r0."publisherId") AS p(id) CROSS JOIN LATERAL (
            SELECT t."id", t."name" FROM "Publisher" AS t
            WHERE t.tableoid::bigint IS NOT NULL AND t.id = p.id ORDER BY t."id" ASC LIMIT 1
          ) AS t
        ) AS r1 ON true) AS rows,
        NULL::int AS count, false AS earlier
      FROM unnest($1::text::uuid[]) AS p(id)`),
  );
  const found = read.rows.map((row) => pageBelow(row, publisherOf.token)?.rows);
  expect(found).toEqual([[{ name: 'House' }], [], []]);
  // Whether a row is missing, or none is meant to be there.
  expect(read.rows.map(({ publisherId }) => publisherId)).toEqual([undefined, null, 'lost']);
});

test('a list below rows is read by their keys, which stand in a common table', async () => {
  const reviewsOf = reading(reviews, 'id', page({ columns: ['id'], limit: 3 }));
  const { page: read, text } = await readBooks(page({ limit: 5, peek: true, below: [reviewsOf] }), [
    {
      level: 0,
      key: null,
      rows: JSON.stringify([
        ['author', '1'],
        ['author', '2'],
      ]),
      count: null,
      earlier: false,
    },
    { level: 1, key: '2', rows: '[["r"]]', count: null, earlier: false },
  ]);
  expect(text).toBe(
    squeeze(`
      WITH level0 AS MATERIALIZED (
        SELECT p.id AS "_key", r0."_rank", r0."id" AS "r0.id" FROM unnest($1::text::uuid[]) AS p(id)
        CROSS JOIN LATERAL (SELECT row_number() OVER () AS "_rank", t.* FROM (
          SELECT t."id" FROM "Book" AS t
          WHERE t.tableoid::bigint IS NOT NULL AND t."authorId" = p.id ORDER BY t."id" ASC LIMIT 6
        ) AS t) AS r0
      )
      SELECT 0 AS level, NULL::uuid AS key,
        (SELECT '[' || string_agg('[' || coalesce('"' || t."_key"::text || '"', 'null') || ',"' || t."r0.id"::text || '"]', ',') || ']'
        FROM level0 AS t) AS rows,
        NULL::int AS count, false AS earlier
      UNION ALL
      SELECT 1 AS level, p.id AS key, (SELECT '[' || string_agg('["' || r0."id"::text || '"]', ',') || ']' FROM (
          SELECT t."id" FROM "Review" AS t
          WHERE t.tableoid::bigint IS NOT NULL AND t."bookId" = p.id ORDER BY t."id" ASC LIMIT 3
        ) AS r0) AS rows,
        NULL::int AS count, false AS earlier
      FROM (SELECT DISTINCT t."r0.id" FROM level0 AS t
        WHERE t."r0.id" IS NOT NULL AND t."_rank" <= 5) AS p(id)`),
  );
  const found = read.rows.map((row) => pageBelow(row, reviewsOf.token)?.rows);
  expect(found).toEqual([[], [{ id: 'r' }]]);
});

test('a list below a joined row is read once for all rows that lead to it', async () => {
  const reviewsOf = reading(reviews, 'id', page({ columns: ['id'], limit: 3 }));
  const publisherOf = reading(publisher, 'publisherId', page({ below: [reviewsOf] }));
  const { page: read, text } = await readBooks(page({ limit: 5, below: [publisherOf] }), [
    {
      level: 0,
      key: null,
      rows: JSON.stringify([
        ['author', ['p']],
        ['author', ['p']],
      ]),
      count: null,
      earlier: false,
    },
    { level: 1, key: 'p', rows: '[["r"]]', count: null, earlier: false },
  ]);
  expect(text).toContain(
    'FROM (SELECT DISTINCT t."r1.id" FROM level0 AS t WHERE t."r1.id" IS NOT NULL) AS p(id)',
  );
  const found = read.rows
    .flatMap((row) => pageBelow(row, publisherOf.token)?.rows ?? [])
    .map((row) => pageBelow(row, reviewsOf.token)?.rows);
  expect(found).toEqual([[{ id: 'r' }], [{ id: 'r' }]]);
});

test('a shape that is asked for again has the same statement, with the values of its parent', async () => {
  const reviewsOf = reading(reviews, 'id', page({ columns: ['id'], limit: 3 }));
  const shape = page({ limit: 5, where: [sql`t.title = ${'Title'}`], below: [reviewsOf] });
  const texts = new Set<string>();
  for (const author of ['a', 'b', 'a']) {
    const [read] = await readPages(
      (text, values) => {
        texts.add(text);
        expect(values).toEqual([`{${author}}`, 'Title']);
        return Promise.resolve([
          { level: 0, key: null, rows: `[["${author}","1"]]`, count: null, earlier: false },
          { level: 1, key: '1', rows: `[["review of ${author}"]]`, count: null, earlier: false },
        ]);
      },
      books,
      [{ parentId: author, shape }],
      readLimits(maxBytes, maxBytes),
    );
    expect(read?.rows.map((row) => pageBelow(row, reviewsOf.token)?.rows)).toEqual([
      [{ id: `review of ${author}` }],
    ]);
  }
  expect(texts.size).toBe(1);
});

test('a single row with documents is read once, since a join would repeat them', async () => {
  const publisherOf = reading(publisher, 'publisherId', page({ columns: ['contents'] }));
  const { text } = await readBooks(page({ limit: 5, below: [publisherOf] }));
  expect(text).not.toContain('LEFT JOIN');
  expect(text).toContain('FROM (SELECT DISTINCT t."r0.publisherId" FROM level0 AS t');
});

describe('the bytes of rows', () => {
  const counts =
    /^SELECT level, key, CASE WHEN size <= 1000 THEN rows END AS rows, .* FROM \(SELECT 0 AS level, /;

  test('are counted where a column may be long, or where there are many rows', async () => {
    const isCounted = async (asked: Partial<PageShape>): Promise<boolean> =>
      counts.test((await readBooks(page(asked))).text);
    expect(await isCounted({ limit: 100 })).toBe(false);
    expect(await isCounted({ limit: 2000 })).toBe(true);
    expect(await isCounted({ limit: 10, columns: ['blurb'] })).toBe(false);
    expect(await isCounted({ limit: 20, columns: ['blurb'] })).toBe(true);
    expect(await isCounted({ limit: 1, columns: ['scan'] })).toBe(true);
    const below = [reading(reviews, 'id', page({ limit: 100 }))];
    expect((await readBooks(page({ limit: 100, below }))).text).toContain('WHEN size <= 1000');
  });

  test('end a list early where a value may have megabytes', async () => {
    const { text } = await readBooks(page({ limit: 5, columns: ['scan'] }));
    expect(text).toContain(
      squeeze(`
        (SELECT '[' || string_agg(cells, ',') || ']' FROM (
          SELECT cells, sum(octet_length(cells)) OVER (ROWS UNBOUNDED PRECEDING) - octet_length(cells) AS before
          FROM (SELECT concat('[', coalesce(to_json(r0."scan")::text, 'null'), ']') AS cells FROM (
            SELECT t."id", t."scan" FROM "Book" AS t
            WHERE t.tableoid::bigint IS NOT NULL AND t."authorId" = p.id ORDER BY t."id" ASC LIMIT 5
          ) AS r0 OFFSET 0) AS c
        ) AS c WHERE before <= 1000) AS rows`),
    );
  });

  test('are refused when there are more than may be read', async () => {
    const shape = page({ limit: 5, columns: ['scan'] });
    const answer = { level: 0, key: 'author', rows: null, count: null, earlier: false };
    await expect(readBooks(shape, [{ ...answer, size: maxBytes }])).resolves.toMatchObject({
      page: { rows: [] },
    });
    await expect(readBooks(shape, [{ ...answer, size: maxBytes + 1 }])).rejects.toMatchObject({
      extensions: { code: 'LIMIT_EXCEEDED' },
    });
  });
});
