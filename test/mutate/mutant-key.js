import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What tells a mutant from all others, whatever else is mutated beside it. Lines and columns begin with 0. */
export function keyOf({ fileName, location: { start, end }, mutatorName, replacement }) {
  const place = [start.line, start.column, end.line, end.column].join(':');
  return [relative(root, fileName), place, mutatorName, replacement].join(' ');
}
