import type { Entry } from './fields.ts';
import type { Location } from './manifest.ts';
import { fail, locate, warn } from './reading.ts';
import type { Reading } from './reading.ts';

/**
 * Records an error for a `:` in the name of an environment or a plugin. It separates the parts of state ids
 * (meltano/core/constants.py).
 */
export function refuseColon(reading: Reading, entry: Entry, name: string): void {
  if (!name.includes(':')) return;
  fail(
    reading,
    locate(reading, entry.value, 'name'),
    `The name of the ${entry.label} has a \`:\` in it; rename it.`,
  );
}

interface Named {
  name: string;
  location: Location;
}

/**
 * The first entry of each name. Meltano also uses the first entry and ignores the others, and an edit with
 * Meltano deletes the others. So a duplicate is a warning. When both entries are in included files, Meltano
 * does not load the project (meltano/core/project_files.py, `_add_to_index`), so it is an error.
 *
 * @param nounOf how messages call an entry; entries with different nouns may have the same name
 */
export function firstOfEachName<T extends Named>(
  reading: Reading,
  items: readonly T[],
  nounOf: (item: T) => string,
): T[] {
  const keyOf = (item: T): string => `${nounOf(item)} ${item.name}`;
  const earlier = new Map<string, T>();
  const included = new Map<string, T>();
  for (const item of items) {
    const key = keyOf(item);
    const first = earlier.get(key);
    const clash = isIncluded(item.location) ? included.get(key) : undefined;
    if (isIncluded(item.location) && !clash) included.set(key, item);
    if (!first) {
      earlier.set(key, item);
      continue;
    }
    const where = showPlace((clash ?? first).location);
    const problem = `The ${nounOf(item)} \`${item.name}\` is here twice, first at ${where}`;
    if (clash) fail(reading, item.location, `${problem}; rename or remove one.`);
    else warn(reading, item.location, `${problem}, and Meltano ignores this one; rename or remove it.`);
  }
  return [...earlier.values()];
}

function isIncluded({ file }: Location): boolean {
  return file !== 'meltano.yml';
}

/** A location as messages show it. */
export function showPlace({ file, line }: Location): string {
  return `${file}:${line}`;
}
