import { parseExact, printExact, type ExactJson } from './exact-json.ts';
import { isObject } from './is-object.ts';

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
  // Of exact JSON, since a merge has no values but those of the two.
  return printExact(mergeDocuments(parseExact(completed), parseExact(partial)) as ExactJson);
}

/** Whether JSON text is a state as Meltano takes it. Source: Meltano `core/state_service.py` (`validate_state`). */
export function holdsSingerState(text: string): boolean {
  const document = parseExact(text);
  return isObject(document) && Object.hasOwn(document, 'ssinger_state');
}

/** The two documents of a state as one text, as `writeStates` takes them. */
export function documentsText(completed: string, partial = '{}'): string {
  return `{"completed": ${completed}, "partial": ${partial}}`;
}
