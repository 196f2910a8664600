import type { InputCheck } from '../../errors.ts';
import { quoted } from '../../lib/quoted.ts';

/** The longest name, in characters. */
export const nameLength = 128;

/**
 * Notes what is wrong with a name. Names are parts of paths, so they contain no `/`. Meltano reads `:` as the
 * start of a plugin's command, a blank as the end of a block, and a leading `-` as an option.
 */
export function checkName(check: InputCheck, path: string, name: string): void {
  if (name === '' || name.length > nameLength) {
    check.add(path, 'BAD_LENGTH', `A name has 1 to ${nameLength} characters.`);
  } else if (/[/:\s\p{Cc}\p{Cs}]/u.test(name) || name.startsWith('-')) {
    check.add(
      path,
      'BAD_NAME',
      `${quoted(name)} cannot be a name: \`/\`, \`:\`, blanks and control characters are not allowed in one, nor \`-\` at its start.`,
    );
  }
}
