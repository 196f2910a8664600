import type { InputCheck } from '../../errors.ts';
import { quoted } from '../../lib/quoted.ts';

/** The longest state id suffix, in characters. */
export const suffixLength = 100;

/**
 * Notes what is wrong with a state id suffix at `stateIdSuffix`. The suffix becomes part of a directory name
 * in Meltano's state backend.
 *
 * @param dollar whether it may contain `$`. The suffix of an environment may not: it would look like a
 *   variable of `meltano.yml`, but Meltano gets it as an option, and does not expand variables there
 */
export function checkSuffix(
  check: InputCheck,
  suffix: string | null | undefined,
  { dollar }: { dollar: boolean },
): void {
  if (suffix == null) return;
  const isBad = suffix === '' || suffix.length > suffixLength || /[:/\s\p{Cc}\p{Cs}]/u.test(suffix);
  if (!isBad && (dollar || !suffix.includes('$'))) return;
  check.add(
    'stateIdSuffix',
    'BAD_SUFFIX',
    `${quoted(suffix)} cannot be a state id suffix: it has 1 to ${suffixLength} characters, without \`:\`, \`/\`, ${dollar ? '' : '`$`, '}blanks or control characters.`,
  );
}
