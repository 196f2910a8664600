import { pluralNames, pluralOf, typeOfPlural } from '../../manifest/plugin-types.ts';
import { join, raw, sql, type Sql } from '../../lib/sql.ts';
import type { PluginType } from '../generated/client.ts';

// A plugin's name is unique among those of its type. So the part of its path that follows the project names both, as
// `meltano.yml` does: `extractors/tap-csv`.

/** A plugin in its project. */
export interface PluginName {
  type: PluginType;
  name: string;
}

/** The part of a plugin's path that follows the project. */
export function partOfPlugin({ type, name }: PluginName): string {
  return `${pluralOf(type)}/${name}`;
}

/** Reads that part; null when it names no type. */
export function readPartOfPlugin(part: string): PluginName | null {
  const slash = part.indexOf('/');
  const type = typeOfPlural(part.slice(0, slash));
  return type === null ? null : { type, name: part.slice(slash + 1) };
}

// The words are constants of ours, not texts of callers.
const plurals = pluralNames.map((plural) => [plural, typeOfPlural(plural)] as const);
const typeByPlural = join(
  plurals.map(([plural, type]) => raw(`WHEN '${plural}' THEN '${type ?? ''}'::"PluginType"`)),
  ' ',
);
const pluralByType = join(
  plurals.map(([plural, type]) => raw(`WHEN '${type ?? ''}' THEN '${plural}'`)),
  ' ',
);

/** SQL of that part, of a row. */
export function pluginPart(row: Sql): Sql {
  return sql`(CASE ${row}.type ${pluralByType} END || '/' || ${row}.name)`;
}

/** SQL that says whether a row has that part. */
export function hasPluginPart(row: Sql, part: Sql): Sql {
  return sql`${row}.name = substr(${part}, strpos(${part}, '/') + 1)
    AND ${row}.type = CASE split_part(${part}, '/', 1) ${typeByPlural} END`;
}
