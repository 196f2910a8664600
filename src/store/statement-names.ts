/** How many statements keep their plans, for each connection. */
const preparedLimit = 500;

/**
 * Names for statements that are worth preparing: those that come again. Each connection keeps what it has
 * prepared, so there is a limit; callers decide what they ask for, and with it how many there are.
 */
export function statementNames(): (text: string) => string | undefined {
  const seen = new Set<string>();
  const names = new Map<string, string>();
  return (text) => {
    const name = names.get(text);
    if (name !== undefined) return name;
    if (names.size < preparedLimit && seen.has(text)) names.set(text, `s${names.size}`);
    if (seen.size >= 2 * preparedLimit) seen.clear();
    seen.add(text);
    return names.get(text);
  };
}

/**
 * Settings of the connections that statements are sent on. Each has one good plan, along an index, whatever its
 * values: to plan for them each time took longer than to read, and a plan that was made while a table was empty,
 * hence by reading all of it, would stay in use while the table grows. To compile a plan (`jit`) never pays for
 * a page.
 */
export const sessionSettings = [
  ...['plan_cache_mode = force_generic_plan', 'enable_seqscan = off', 'enable_bitmapscan = off', 'jit = off'],
]
  .map((setting) => `SET ${setting}`)
  .join('; ');
