/**
 * Merges a partial state document over a completed one: objects key by key, anything else replaces
 * what it meets. Source: Meltano `core/utils/__init__.py` (merge), `core/state_store/base.py`.
 */
export function mergeDocuments(completed: unknown, partial: unknown): unknown {
  if (!isObject(completed) || !isObject(partial)) return partial;
  const merged: Record<string, unknown> = { ...completed };
  for (const [key, value] of Object.entries(partial)) {
    merged[key] = key in merged ? mergeDocuments(merged[key], value) : value;
  }
  return merged;
}

/** Whether a JSON value is an object, not a list and not null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
