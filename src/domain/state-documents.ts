/**
 * Merges a partial state document over a completed one: objects key by key, anything else replaces
 * what it meets. Source: Meltano `core/utils/__init__.py` (merge), `core/state_store/base.py`.
 */
export function mergeDocuments(completed: unknown, partial: unknown): unknown {
  if (!isObject(completed) || !isObject(partial)) return partial;
  const merged = new Map(Object.entries(completed));
  for (const [key, value] of Object.entries(partial)) {
    merged.set(key, merged.has(key) ? mergeDocuments(merged.get(key), value) : value);
  }
  return Object.fromEntries(merged);
}

/** `mergeDocuments` on JSON text, which keeps numbers that JavaScript would round. */
export function mergeTexts(completed: string, partial: string): string {
  const merged = mergeDocuments(JSON.parse(quoteNumbers(completed)), JSON.parse(quoteNumbers(partial)));
  return unquoteNumbers(JSON.stringify(merged));
}

// Every text gets an `s` before it and every number becomes text with an `n`, so that none is mistaken.
function quoteNumbers(json: string): string {
  return json.replaceAll(/"([^"\\]*(?:\\.[^"\\]*)*)"|-?\d[-+.\deE]*/g, (token, text: string | undefined) =>
    text === undefined ? `"n${token}"` : `"s${text}"`,
  );
}

function unquoteNumbers(json: string): string {
  return json.replaceAll(/"([ns])([^"\\]*(?:\\.[^"\\]*)*)"/g, (_token, kind: string, text: string) =>
    kind === 'n' ? text : `"${text}"`,
  );
}

/** Whether a JSON value is an object, not a list and not null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
