import { quoted } from '../../lib/quoted.ts';

/** The most labels of a worker, or of a run. */
export const maxLabels = 20;

/** The longest label. */
export const labelLength = 63;

/** Whether a text is a label of a worker. */
export function isLabel(text: string): boolean {
  return text.length <= labelLength && /^[A-Za-z0-9][A-Za-z0-9._=/-]*$/.test(text);
}

/** Why a text is no label, as a sentence. */
export function explainLabel(text: string): string {
  return `${quoted(text)} is no label: it has at most ${labelLength} letters, digits and the signs . _ = / -, and begins with a letter or a digit.`;
}
