import type { Source, Table } from '../../reading/sources.ts';
import { sql } from '../../lib/sql.ts';
import { Prisma } from '../generated/client.ts';
import { getDatamodel } from '../generated/pothos.ts';
import { isImportedTable, notPurged } from '../lifecycle/row-origin.ts';

/** A field of a table in the Prisma schema: a column or a relation. */
export interface ModelField {
  name: string;
  /** For a relation: the other table. */
  type: string;
  isRequired: boolean;
  isList: boolean;
  /** Whether the type is a table, an enum, or a scalar such as `String`. */
  kind: string;
  /** Whether it alone is the primary key. */
  isId: boolean;
  /** Whether a row that is made without it gets a value. */
  hasDefaultValue: boolean;
  /** The name that both ends of a relation share; absent for a column. */
  relationName?: string;
  /** The columns of this table that contain the other table's key; empty when the other table has the key. */
  relationFromFields?: readonly string[];
}

const { models } = getDatamodel().datamodel as unknown as {
  models: Record<string, { fields: ModelField[] } | undefined>;
};

/** The fields of a table; empty for an unknown table. */
export function fieldsOf(table: string): readonly ModelField[] {
  return models[table]?.fields ?? [];
}

/** Columns of which a value may have megabytes. */
const huge: Partial<Record<Prisma.ModelName, readonly string[]>> = {
  ProjectManifest: ['text'],
  ProjectFile: ['text'],
  State: ['completed', 'partial'],
  StateVersion: ['completed', 'partial'],
};

/** Columns of text of which a value may have many kilobytes. */
const longTexts: Partial<Record<Prisma.ModelName, readonly string[]>> = {
  ProjectManifest: ['text'],
  ProjectFile: ['text'],
  RunLog: ['message'],
};

function tableNamed(name: Prisma.ModelName): Table {
  const columns = fieldsOf(name).filter(({ kind }) => kind !== 'object');
  const those = (test: (field: ModelField) => boolean): Set<string> =>
    new Set(columns.filter(test).map((field) => field.name));
  const documents = those(({ type }) => type === 'Json');
  const keys = new Set(fieldsOf(name).flatMap(({ relationFromFields = [] }) => relationFromFields));
  return {
    name,
    // A list may be null in the database.
    required: those(({ isRequired, isList }) => isRequired && !isList),
    plain: those(({ type, isList }) => ['Int', 'Boolean', 'Json'].includes(type) && !isList),
    words: those(
      (field) =>
        (field.kind === 'enum' && !field.isList) ||
        (field.type === 'String' && (keys.has(field.name) || (field.isId && field.hasDefaultValue))),
    ),
    times: those(({ type }) => type === 'DateTime'),
    documents,
    long: new Set([...documents, ...(longTexts[name] ?? [])]),
    huge: new Set(huge[name]),
  };
}

const tableNames = Object.values(Prisma.ModelName);

/** All tables by name. */
export const tables = Object.fromEntries(tableNames.map((name) => [name, tableNamed(name)])) as Record<
  Prisma.ModelName,
  Table
>;

/** For each table: the source that reads a row by its id. */
export const byId = Object.fromEntries(
  tableNames.map((name) => [
    name,
    {
      table: tables[name],
      parent: sql`t.id = p.id`,
      ...(isImportedTable(name) ? { where: notPurged(sql`t`) } : {}),
    },
  ]),
) as Record<Prisma.ModelName, Source>;
