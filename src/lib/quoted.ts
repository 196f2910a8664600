/** Quotes a caller's text for a message: on one line, at most 200 characters. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}

/** The most names that a message lists. */
const maxListed = 20;

/** Names for a message, not all of many. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, maxListed).join(', ');
  return names.length > maxListed ? `${shown} and ${names.length - maxListed} more` : shown;
}
