/**
 * Hides secrets in a text.
 *
 * @param isCut whether the text went on after its end: the beginning of a secret there is hidden, too
 */
export type Mask = (text: string, isCut?: boolean) => string;

/** Hides nothing. */
export const noMask: Mask = (text) => text;
