import { join } from 'node:path';
import { graphql } from 'graphql';
import { encodeGlobalId } from '../../../src/domain/naming/global-id.ts';
import { gatewayOf, type Gateway } from '../../../src/domain/gateway.ts';
import { readLimits } from '../../../src/reading/read-limits.ts';
import { createContext } from '../../../src/schema/context.ts';
import { schema } from '../../../src/schema/index.ts';
import { openStore } from '../../../src/store/index.ts';
import { count, defineCommand, main, serverInPlace, words } from '../command.ts';
import { connect, type Connection } from '../database/connection.ts';
import { serverFor } from '../database/databases.ts';
import { seedBreadth } from '../plans/breadth.ts';
import { casesOf, type Case, type Parent } from '../plans/cases.ts';
import { explainer, type Cost } from '../plans/explain.ts';
import { textTable } from '../report/text-table.ts';
import { writeProjects } from '../seed/projects.ts';
import { seededDatabase } from '../seed/seeded-database.ts';
import { onStage } from '../stage.ts';

/** Rows from which a table is a large one. */
const large = 5000;

/** Fails when a list reads a large table from its begin to its end. */
export const command = defineCommand({
  summary: 'the plan of each list with each filter and each order, and whether an index serves it',
  flags: {
    runs: count(1_000_000, 'runs of the job that has most of them'),
    rows: count(10_000, 'rows of each other kind, twice: one in each project, and all in one', 0),
    only: words('LIST,…', 'lists such as Query.runs; all when absent'),
    'database-url': serverInPlace,
    main,
  },
  run: async ({ runs, rows, only, 'database-url': given, main: built }, say) => {
    await onStage(built, say, async (stage) => {
      const projects = await writeProjects(join(stage.directory, 'projects'));
      const serverUrl = await serverFor(stage, given);
      const url = await seededDatabase(stage, serverUrl, projects, runs);
      const connection = await connect(url);
      stage.atEnd(connection.close);
      const parents = await parentsOf(connection);
      const widest = {
        project: parents.Project?.[0]?.row ?? '',
        environment: parents.Environment?.[0]?.row ?? '',
        run: parents.Run?.[0]?.row ?? '',
      };
      await seedBreadth(connection, rows, widest);
      const sizes = await sizesOf(connection);
      const explain = await explainer(connection);
      const statementsOf = await asker(url, stage.atEnd);
      const measured: Measured[] = [];
      for (const one of casesOf(parents)) {
        if (only.length > 0 && !only.some((name) => one.list.startsWith(`${name},`))) continue;
        const statement = await statementsOf(one);
        if (statement) measured.push({ ...one, ...(await explain(statement.sql, statement.values)) });
      }
      report(measured, sizes, say);
    });
  },
});

type Measured = Case & Cost;

/** Objects with many rows below them, and with few, by their types. */
async function parentsOf({ query }: Connection): Promise<Record<string, (Parent & { row: string })[]>> {
  const [busiest] = await query(
    `SELECT "projectId" AS "Project", "environmentId" AS "Environment", "jobId" AS "Job", max(id::text) AS "Run" FROM "Run"
     WHERE "jobId" IS NOT NULL GROUP BY 1, 2, 3 ORDER BY count(*) DESC LIMIT 1`,
  );
  const [quiet] = await query(
    `SELECT e."projectId" AS "Project", e.id AS "Environment", j.id AS "Job", (
       SELECT r.id FROM "Run" AS r WHERE r."jobId" = j.id ORDER BY r.id DESC LIMIT 1
     ) AS "Run"
     FROM "Job" AS j JOIN "Environment" AS e ON e.id = j."environmentId" WHERE e."projectId" <> $1
     ORDER BY j.id LIMIT 1`,
    [busiest?.Project],
  );
  return Object.fromEntries(
    (['Project', 'Environment', 'Job', 'Run'] as const).map((type) => [
      type,
      [
        { title: 'the one with most', of: busiest },
        { title: 'another', of: quiet },
      ].map(({ title, of }) => {
        const row = String(of?.[type]);
        return { title, row, id: encodeGlobalId({ type, id: row }) };
      }),
    ]),
  );
}

async function sizesOf({ query }: Connection): Promise<Map<string, number>> {
  const rows = await query(`SELECT relname AS name, reltuples AS rows FROM pg_class WHERE relkind = 'r'`);
  return new Map(rows.map(({ name, rows: size }) => [String(name), Number(size)]));
}

interface Statement {
  sql: string;
  values: unknown[];
}

/** Tells the statement of a list, which is its last one; null for an order that does not go with the filter. */
async function asker(
  url: string,
  atEnd: (done: () => unknown) => void,
): Promise<(one: Case) => Promise<Statement | null>> {
  const sent: Statement[] = [];
  const store = await openStore({
    location: { kind: 'SERVER', url },
    onError: (error) => {
      throw error;
    },
    limits: readLimits(1_000_000, 1_000_000),
    onQuery: ({ query, params }) => sent.push({ sql: query, values: JSON.parse(params) as unknown[] }),
  });
  atEnd(store.close);
  // Nothing else is asked of it by lists.
  const gateway: Gateway = gatewayOf(store, { deletedRetentionMs: 0 } as Parameters<typeof gatewayOf>[1]);
  return async ({ query, variables }) => {
    sent.length = 0;
    const { errors } = await graphql({
      schema,
      source: query,
      variableValues: variables,
      contextValue: createContext(store, gateway),
    });
    const [error] = errors ?? [];
    if (error?.extensions.code === 'BAD_ARGUMENTS') return null;
    if (error) throw error;
    return sent.at(-1) ?? null;
  };
}

/**
 * Prints the dearest page of each list with each filter, whatever its order, and the dearest count.
 *
 * @throws Error when a large table was read from its begin to its end
 */
function report(
  measured: readonly Measured[],
  sizes: ReadonlyMap<string, number>,
  say: (line: string) => void,
): void {
  const scans = (one: Measured): string[] => one.scanned.filter((table) => (sizes.get(table) ?? 0) >= large);
  const groups = new Map<string, Measured[]>();
  for (const one of measured) {
    const name = `${one.list.replace(/,.*/, '')}\n${one.filter.replace(/:.*/, '')}`;
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  const lines = [...groups].map(([name, group]) => {
    const pages = group.filter(({ order }) => order !== 'count');
    const counts = group.filter(({ order }) => order === 'count');
    const scanned = [...new Set(group.flatMap(scans))].join(', ');
    return [...name.split('\n'), String(group.length), ...dearest(pages), ...dearest(counts), scanned];
  });
  const head = ['list', 'filter', 'ways', 'page, ms', 'rows', 'count, ms', 'rows', 'whole tables'];
  say(`\n${textTable([head, ...lines])}\n\n${measured.length.toLocaleString('en')} ways to read a list`);
  for (const one of measured.toSorted((a, b) => b.rows - a.rows).slice(0, 10))
    say(
      `${one.rows.toLocaleString('en')} rows, ${one.ms.toFixed(1)} ms: ${one.list} with ${one.filter} by ${one.order}`,
    );
  const bad = measured.filter((one) => scans(one).length > 0);
  if (bad.length > 0) {
    const [{ list, filter, order, query, variables }] = bad as [Measured];
    throw new Error(
      `${bad.length} ways read a large table from its begin to its end, such as ${list} with ${filter} by ${order}: ${query} ${JSON.stringify(variables)}`,
    );
  }
}

/** The most milliseconds and the most rows. */
function dearest(costs: readonly Cost[]): [ms: string, rows: string] {
  return [
    Math.max(0, ...costs.map(({ ms }) => ms)).toFixed(1),
    Math.max(0, ...costs.map(({ rows }) => rows)).toLocaleString('en'),
  ];
}
