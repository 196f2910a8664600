import type { Prisma } from './generated/client.ts';
import { join, raw, sql, type Sql } from './sql.ts';
import { newId } from './uuid.ts';

/** The tables that an import fills. */
export type ImportedTable = 'Environment' | 'Plugin' | 'Job' | 'Schedule';

/** Columns of a row to be changed. */
export interface RowChange<Data = object> {
  id: string;
  data: Data;
}

/** Statements that write many rows of a table at once: the number of rows is not one of statements. */
export function importStatements(db: Prisma.TransactionClient) {
  return {
    /** Makes rows, all with the same columns, and gives them with their ids. */
    async insertRows<Data extends object>(
      table: ImportedTable,
      data: readonly Data[],
    ): Promise<(Data & { id: string })[]> {
      const rows = data.map((row) => ({ id: newId(), ...row }));
      const [first] = rows;
      if (!first) return [];
      const columns = join(columnsOf(first).map(name));
      await db.$executeRaw(
        sql`INSERT INTO ${name(table)} (${columns}) SELECT ${columns} FROM ${recordset(table, rows)}`,
      );
      return rows;
    },

    /** Changes what the rows of a project's environments are called in `meltano.yml`, where that begins with a text. */
    renameKeys: async (
      table: 'Job' | 'Schedule',
      projectId: string,
      from: string,
      to: string,
    ): Promise<void> => {
      await db.$executeRaw(
        sql`UPDATE ${name(table)} AS t SET "manifestKey" = ${to} || substr(t."manifestKey", length(${from}) + 1)
            FROM "Environment" AS e WHERE e.id = t."environmentId" AND e."projectId" = ${projectId}::uuid
              AND starts_with(t."manifestKey", ${from})`,
      );
    },

    /** Changes rows, with one statement for each set of columns that changes. */
    async changeRows(table: ImportedTable, changes: readonly RowChange[]): Promise<void> {
      const groups = new Map<string, RowChange[]>();
      for (const change of changes) {
        const key = columnsOf(change.data).sort().join();
        const group = groups.get(key);
        if (group) group.push(change);
        else groups.set(key, [change]);
      }
      for (const group of groups.values()) {
        const columns = columnsOf(group[0]?.data ?? {});
        const set = join(columns.map((column) => sql`${name(column)} = changed.${name(column)}`));
        const rows = group.map(({ id, data }) => ({ ...data, id }));
        await db.$executeRaw(
          sql`UPDATE ${name(table)} AS t SET ${set} FROM ${recordset(table, rows)} AS changed WHERE t.id = changed.id`,
        );
      }
    },
  };
}

// As one parameter, whatever the number of rows: PostgreSQL takes no more than 65,535.
function recordset(table: ImportedTable, rows: readonly object[]): Sql {
  return sql`jsonb_populate_recordset(NULL::${name(table)}, ${JSON.stringify(rows)}::jsonb)`;
}

function columnsOf(data: object): string[] {
  return Object.entries(data).flatMap(([column, value]) => (value === undefined ? [] : [column]));
}

// Names of tables and columns are those of our own code.
function name(text: string): Sql {
  return raw(`"${text}"`);
}
