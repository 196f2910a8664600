import type { Mask } from '../../lib/text-search/mask.ts';
import { withoutAnsi } from '../../lib/text-search/ansi.ts';
import { cutText, toPostgresText, type Bounded } from '../../lib/postgres-text.ts';

/** Secrets are hidden in so many times the length that is kept, since what replaces them may be shorter. */
export const margin = 2;

/**
 * Bounds texts without secrets and without codes for a terminal. These are hidden before a text is cut, so that no cut leaves a part of one.
 *
 * @param isClean whether PostgreSQL accepts the texts as they are
 */
export function boundedBy(mask: Mask, isClean: boolean): Bounded {
  return (text, limit) => {
    const head = headOf(text, limit);
    const more = text.length - head.length;
    const bounded = cutText(withoutAnsi(mask(head, more > 0)), limit, more);
    return isClean ? bounded : toPostgresText(bounded);
  };
}

/** So much of a text as secrets are hidden in. */
export function headOf(text: string, limit: number): string {
  return text.slice(0, margin * limit);
}
