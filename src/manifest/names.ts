import type { Entry } from './fields.ts';
import type { Location } from './manifest.ts';
import { fail, locate, warn } from './reading.ts';
import type { Reading } from './reading.ts';

/** Refuses a `:` in the name of an environment or a plugin: it divides state ids (meltano/core/constants.py). */
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
 * The first of each name. Meltano takes that one too and is silent about the rest, which an edit through it then
 * drops; so it is a warning. Where two are in included files, Meltano does not load the project at all
 * (meltano/core/project_files.py, `_add_to_index`), and it is an error.
 *
 * @param nounOf what messages call a thing; things of different nouns may have one name
 */
export function firstOfEachName<T extends Named>(
  reading: Reading,
  items: readonly T[],
  nounOf: (item: T) => string,
): T[] {
  const earlier = new Map<string, T[]>();
  for (const item of items) {
    const key = `${nounOf(item)} ${item.name}`;
    const [first, ...more] = earlier.get(key) ?? [];
    if (!first) {
      earlier.set(key, [item]);
      continue;
    }
    const included = [first, ...more].find(({ location }) => isIncluded(location));
    const clash = isIncluded(item.location) ? included : undefined;
    const where = showPlace((clash ?? first).location);
    const problem = `The ${nounOf(item)} \`${item.name}\` is here twice, first at ${where}`;
    if (clash) fail(reading, item.location, `${problem}; rename or remove one.`);
    else warn(reading, item.location, `${problem}, and Meltano ignores this one; rename or remove it.`);
    earlier.set(key, [first, ...more, item]);
  }
  return [...earlier.values()].flatMap(([first]) => first ?? []);
}

function isIncluded({ file }: Location): boolean {
  return file !== 'meltano.yml';
}

/** A place as messages name it. */
export function showPlace({ file, line }: Location): string {
  return `${file}:${line}`;
}
