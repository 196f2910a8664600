import type { Entry } from './fields.ts';
import type { Location } from './manifest.ts';
import { fail, locate } from './reading.ts';
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

/**
 * Refuses a second thing of the same name. Within `meltano.yml` Meltano takes the first and is silent about the
 * rest, and an edit through it drops them; in included files it fails.
 */
export function refuseDuplicates(
  reading: Reading,
  noun: string,
  named: readonly { name: string; location: Location }[],
): void {
  const first = new Map<string, Location>();
  for (const { name, location } of named) {
    const earlier = first.get(name);
    if (earlier) {
      const where = `${earlier.file}:${earlier.line}`;
      fail(
        reading,
        location,
        `The ${noun} \`${name}\` is here twice, first at ${where}; rename or remove one.`,
      );
    } else {
      first.set(name, location);
    }
  }
}
