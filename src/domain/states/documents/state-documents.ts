import { byThread } from '../../../lib/event-loop/threads.ts';
import { get, isExactObject, mergeExact, parseExact, printExact } from '../../../lib/exact-json.ts';

/** Characters of JSON from which on a thread does the work. */
const largeText = 50_000;

/** Whether texts are so large together that a thread reads them. */
export function areLarge(...texts: readonly string[]): boolean {
  return texts.reduce((sum, { length }) => sum + length, 0) > largeText;
}

/**
 * Merges a partial state document into a completed one, both as JSON text, and keeps numbers that JavaScript would
 * round. Source: Meltano `core/utils/__init__.py` (merge), `core/state_store/base.py`.
 */
export function mergeTexts(completed: string, partial: string): string {
  return printExact(mergeExact(parseExact(completed), parseExact(partial)));
}

/** `mergeTexts`, by a thread when the texts are large. */
export const mergedTexts = byThread('mergedTexts', mergeTexts, { isLarge: areLarge });

/**
 * The merge of two documents, as JSON text, or null when it is not a state as Meltano expects it. Source: Meltano
 * `core/state_service.py` (`validate_state`).
 */
export const mergedSingerTexts = byThread(
  'mergedSingerTexts',
  (completed: string, partial: string): string | null => {
    const merged = mergeExact(parseExact(completed), parseExact(partial));
    return isExactObject(merged) && get(merged, 'singer_state') !== undefined ? printExact(merged) : null;
  },
  { isLarge: areLarge },
);

/** The two documents of a state as one text, as `tx.states.write` takes them. */
export function documentsText(completed: string, partial = '{}'): string {
  return `{"completed": ${completed}, "partial": ${partial}}`;
}

/** The partial document alone: the completed one stays. */
export function partialText(partial: string): string {
  return `{"partial": ${partial}}`;
}
