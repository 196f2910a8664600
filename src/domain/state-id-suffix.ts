import type { InputCheck } from '../errors.ts';
import { quoted } from './names.ts';

/**
 * Notes what is wrong with the suffix of state ids at `stateIdSuffix`. It becomes a part of a directory's name in
 * Meltano's state backend.
 *
 * @param dollar whether `$` may be in it. Not in an environment's own: it would pass for a variable of `meltano.yml`,
 *   while it is handed to Meltano as an option, in which that reads none
 */
export function checkSuffix(
  check: InputCheck,
  suffix: string | null | undefined,
  { dollar }: { dollar: boolean },
): void {
  if (suffix == null) return;
  const isBad = suffix === '' || suffix.length > 100 || /[:/\s\p{Cc}\p{Cs}]/u.test(suffix);
  if (!isBad && (dollar || !suffix.includes('$'))) return;
  check.add(
    'stateIdSuffix',
    'BAD_SUFFIX',
    `${quoted(suffix)} cannot be a state id suffix: it has 1 to 100 characters, without \`:\`, \`/\`, ${dollar ? '' : '`$`, '}blanks or control characters.`,
  );
}
