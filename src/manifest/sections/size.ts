import type { Manifest } from '../manifest.ts';
import { fail } from '../reading.ts';
import type { Reading } from '../reading.ts';

/** Plugins, and the characters of their JSON with all that they inherit, counted in each environment. */
const limits = { plugins: 20_000, characters: 200_000_000 };

/**
 * Records an error for plugins whose values would have to be looked for in too many environments. A short
 * text can stand for very many: each environment may set each setting of each plugin.
 */
export function checkSize(
  reading: Reading,
  { environments, plugins }: Pick<Manifest, 'environments' | 'plugins'>,
): void {
  const times = Math.max(1, environments.length);
  const characters = JSON.stringify(plugins).length;
  if (plugins.length * times <= limits.plugins && characters * times <= limits.characters) return;
  const message = `The project has ${plugins.length} plugins with ${characters} characters in ${environments.length} environments`;
  fail(
    reading,
    { file: 'meltano.yml', line: 1 },
    `${message}, which is too much; make several projects of it.`,
  );
}

/** Characters of YAML from which on a thread does the work. */
export const largeManifest = 10_000;
