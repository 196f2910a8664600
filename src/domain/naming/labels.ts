import type { InputCheck } from '../../errors.ts';
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

/** Notes which labels of an input are none. */
export function checkLabels(check: InputCheck, labels: readonly string[] | null | undefined): void {
  for (const label of labels ?? []) if (!isLabel(label)) check.add('labels', 'BAD_NAME', explainLabel(label));
}

/** The column that gets the labels of an input; none when the input says nothing of them. */
export function storedLabels({ labels }: { labels?: readonly string[] | null | undefined }): {
  labels?: string[];
} {
  return labels == null ? {} : { labels: [...new Set(labels)] };
}
