import { parseJson } from '../../lib/event-loop/parse-json.ts';
import type { Send } from '../../lib/sql.ts';
import { emptyPage, type Page, type PageRequest, type PageShape, type Reading } from '../pages.ts';
import { inQueue, takeTurn, tooLarge, type ReadLimits } from '../read-limits.ts';
import { holdPage, type Row } from '../rows.ts';
import type { Source } from '../sources.ts';
import { statementFor, type Level } from './page-statement.ts';
import type { HeldRows } from './row-plan.ts';

/**
 * Reads pages, and what lies below their rows, in one statement: a lateral subquery for each parent, which an
 * index serves. Rows that have lists below them are found first (`WITH`), and the lists by their keys.
 */
export async function readPages(
  send: Send,
  source: Source,
  requests: readonly PageRequest[],
  limits: ReadLimits,
): Promise<Page[]> {
  const { text, values, levels, hasHuge, roots } = statementFor(source, requests, limits.bytes);
  const read = async (): Promise<Pages[]> => {
    const answers = await send(text, values).catch((error: unknown) => {
      throw hasNoMemory(error) ? tooLarge(limits.bytes) : error;
    });
    await takeTurn((answers as unknown as SentAnswer[]).at(-1)?.size ?? 0, limits);
    return collect(levels, await parsed(answers as unknown as SentAnswer[]));
  };
  const pages = await (hasHuge ? inQueue(limits, read) : read());
  return requests.map(
    ({ shape, parentId }) => pages[roots.get(shape) ?? 0]?.get(parentId) ?? emptyPage(shape),
  );
}

/** The pages of a level, by the key of the parent. */
type Pages = Map<string | null, Page>;

/** Whether PostgreSQL gave up because a result had no place in its memory, or in a value. */
function hasNoMemory(error: unknown): boolean {
  return ['53200', '54000'].includes((error as { code?: string } | null)?.code ?? '');
}

/** What comes back: the page of one parent, or the rows of all with the parent's key as their first cell. */
interface Answer {
  level: number;
  key: string | null;
  rows: unknown[][] | null;
  count: number | null;
  earlier: boolean;
  /** Absent where no page of the statement looks for rows. */
  reached?: number | null;
}

/** An answer as it was sent. */
type SentAnswer = Omit<Answer, 'rows'> & {
  /** A JSON text, so that its parsing is ours: the driver would parse all at once. */
  rows: string | null;
  /** Bytes of the rows of this answer and of those before it, where they are counted. */
  size?: number;
};

async function parsed(answers: readonly SentAnswer[]): Promise<Answer[]> {
  const result: Answer[] = [];
  for (const { rows, ...rest } of answers) {
    // A promise for each of many short texts would cost more than their parsing.
    const cells =
      rows !== null && rows.length > shortText
        ? await parseJson(rows)
        : (JSON.parse(rows ?? 'null') as unknown);
    result.push({ ...rest, rows: cells as unknown[][] | null });
  }
  return result;
}

/** Characters up to which a text is short. */
const shortText = 10_000;

function collect(levels: readonly Level[], answers: readonly Answer[]): Pages[] {
  const found = levels.map((): Pages => new Map());
  const held: HeldRows = new Map();
  for (const { level: number, key, rows, count, earlier, reached = null } of answers) {
    const { shape, plan, common } = levels[number] as Level;
    const pages = found[number] as Pages;
    if (common !== null && rows !== null) {
      for (const cells of rows)
        pageOf(pages, cells[0] as string | null, shape).rows.push(plan.read(cells, 1, held));
    } else if (common === null || count !== null || earlier || reached !== null) {
      const page = pageOf(pages, key, shape);
      page.count = count;
      page.earlier = earlier;
      page.reached = reached;
      if (rows !== null) for (const cells of rows) page.rows.push(plan.read(cells, 0, held));
    }
  }
  for (const pages of found) for (const page of pages.values()) finish(page);
  levels.forEach(({ above }, i) => {
    if (above) hang(found[i] as Pages, held.get(above.plan) ?? [], above.reading);
  });
  return found;
}

function pageOf(pages: Pages, key: string | null, shape: PageShape): Page {
  let page = pages.get(key);
  if (!page) pages.set(key, (page = emptyPage(shape)));
  return page;
}

// What was read to see if there is more is no part of the page.
function finish(page: Page): void {
  const { limit, backward } = page.shape;
  page.more = page.rows.length > (limit ?? 0);
  if (page.more) page.rows.length = limit ?? 0;
  if (backward) page.rows.reverse();
}

function hang(pages: Pages, rows: readonly Row[], { by, token, shape }: Reading): void {
  for (const row of rows) holdPage(row, token, pages.get(row[by] as string | null) ?? emptyPage(shape));
}
