import { inSlices } from '../../lib/event-loop/slices.ts';
import { add, textSearch, type Ranges, type TextSearch } from '../../lib/text-search/text-search.ts';
import { hasAnsi } from '../../lib/text-search/ansi.ts';
import { decodedAnsi, decodedJson, decodedUrl, type Decoded } from '../../lib/text-search/decoded.ts';
import type { Mask } from '../../lib/text-search/mask.ts';
import { redaction } from './redact.ts';

/** Shorter values are not hidden: they stand everywhere. */
const shortest = 4;

/** How often a text is escaped as JSON when lines hold JSON in JSON. */
const mostJson = 3;

/**
 * Makes what hides some secrets in texts: as they are, and written as JSON, as in an address, and as base64; also
 * where codes for a terminal stand in them.
 *
 * @param secrets values; what lines they have is hidden, too, because a log shows one line at a time
 */
export async function maskOf(secrets: readonly string[]): Promise<Mask> {
  const turn = inSlices();
  const hidden = new Set<string>();
  for (const secret of secrets) {
    for (const text of [secret, secret.trim(), ...linesOf(secret)]) {
      if (text.length >= shortest) [text, ...base64Of(text)].forEach((form) => hidden.add(form));
      await turn();
    }
  }
  if (hidden.size === 0) return (text) => text;
  const search = await textSearch(hidden);
  return (text, isCut = false) => hide(text, rangesIn(search, isCut ? wholeEscapes(text) : text, isCut));
}

function linesOf(text: string): string[] {
  // Of a line with carriage returns, a log shows what follows the last one.
  return /[\r\n]/.test(text) ? text.split(/[\r\n]/).map((line) => line.trim()) : [];
}

/**
 * What base64 makes of a text, wherever it stands among others: it can begin at each of the three bytes that
 * become four characters. Characters that also depend on what stands beside it are left out.
 */
function base64Of(text: string): string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].flatMap((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const own = encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
    return [own, own.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** A cut text without the rest of an escape or of a character at its end. */
function wholeEscapes(text: string): string {
  return text.replace(
    /(?:\\(?:u[\da-f]{0,3}|x[\da-f]?)?|(?:%[89a-f][\da-f]){0,3}%[\da-f]?|[\uFFFD\uD800-\uDBFF])$/i,
    '',
  );
}

/** What a text may still be decoded from. */
interface Writings {
  /** How often from JSON. */
  json: number;
  isUrl: boolean;
  isAnsi: boolean;
}

const allWritings: Writings = { json: mostJson, isUrl: true, isAnsi: true };

function rangesIn(search: TextSearch, text: string, isCut: boolean, from = allWritings): Ranges {
  const found = search(text, isCut);
  const { json, isUrl } = from;
  const look = ({ text: inner, written }: Decoded, left: Partial<Writings>): void => {
    found.push(...written(rangesIn(search, inner, isCut, { ...from, ...left })));
  };
  if (json > 0 && text.includes('\\')) {
    look(decodedJson(text), { json: json - 1, isUrl: isUrl && json === mostJson });
  }
  if (isUrl && /[%+]/.test(text)) look(decodedUrl(text), { json: 0, isUrl: false });
  if (from.isAnsi && hasAnsi(text)) look(decodedAnsi(text), { isAnsi: false });
  return found;
}

function hide(text: string, found: Ranges): string {
  if (found.length === 0) return text;
  const ranges: Ranges = [];
  for (const [from, to] of found.toSorted(([, one], [, other]) => one - other)) add(ranges, from, to);
  let shown = '';
  let end = 0;
  for (const [from, to] of ranges) {
    shown += text.slice(end, from) + redaction;
    end = to;
  }
  return shown + text.slice(end);
}
