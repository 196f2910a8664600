import type { InputCheck } from '../errors.ts';

/** A text that a caller gave as messages quote it: on one line, and not endless. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}

/**
 * Notes what is wrong with the name of a job or a schedule. A name is a part of paths, and Meltano takes
 * `:` for a plugin's command, a blank for the end of a block, and a leading `-` for an option.
 */
export function checkName(check: InputCheck, path: string, name: string): void {
  if (name === '' || name.length > 128) {
    check.add(path, 'BAD_LENGTH', 'A name has 1 to 128 characters.');
  } else if (/[/:\s\p{Cc}\p{Cs}]/u.test(name) || name.startsWith('-')) {
    check.add(
      path,
      'BAD_NAME',
      `${quoted(name)} cannot be a name: \`/\`, \`:\`, blanks and control characters are not allowed in one, nor \`-\` at its start.`,
    );
  }
}
