import { ansiCode, withoutAnsi } from './ansi.ts';
import type { Ranges } from './text-search.ts';

/** A text that was decoded, and the way back from a place in it to where that was written. */
export interface Decoded {
  text: string;
  /** Where the ranges are in the text as it was written. */
  written: (ranges: Ranges) => Ranges;
}

const jsonEscape = /\\(?:u([\da-f]{4})|x([\da-f]{2})|([^]))/gi;
const letters: Record<string, string> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };

/** Decodes what is escaped as in a text of JSON, and by `repr` of Python. */
export function decodedJson(text: string): Decoded {
  return decoded(text, jsonEscape, (_, unit, byte, letter = '') => {
    const code = unit ?? byte;
    return code === undefined ? (letters[letter] ?? letter) : String.fromCharCode(parseInt(code, 16));
  });
}

/** Decodes what is escaped as in an address or a form. */
export function decodedUrl(text: string): Decoded {
  return decoded(text, /(?:%[\da-f]{2})+|\+/gi, (found) => (found === '+' ? ' ' : bytesIn(found)));
}

/** Leaves out codes for a terminal. */
export function decodedAnsi(text: string): Decoded {
  const left = withoutAnsi(text);
  return {
    text: left,
    written: (ranges) => {
      if (ranges.length === 0) return [];
      const placeOf = places(text, ansiCode, () => '');
      // What follows a range stays, such as the code that ends a color.
      return ranges.map(([start, stop]) => [placeOf(start), placeOf(stop - 1) + 1]);
    },
  };
}

/** The text of some bytes that are written as `%C3%A4`. Most are one letter, and there may be very many. */
function bytesIn(written: string): string {
  const first = byteAt(written, 0);
  if (written.length === 3 && first < 128) return String.fromCharCode(first);
  const bytes = Buffer.allocUnsafe(written.length / 3);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = byteAt(written, 3 * i);
  return bytes.toString('utf8');
}

/** The byte that is written at a place as `%41`. */
function byteAt(text: string, at: number): number {
  return 16 * digitAt(text, at + 1) + digitAt(text, at + 2);
}

/** What a hexadecimal digit means. */
function digitAt(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return unit > 57 ? (unit & 7) + 9 : unit - 48;
}

/** Decodes one escape, of which the pattern has found the parts. */
type Decode = (found: string, ...parts: (string | undefined)[]) => string;

function decoded(written: string, escape: RegExp, decode: Decode): Decoded {
  return {
    text: written.replace(escape, decode),
    written: (ranges) => {
      if (ranges.length === 0) return [];
      const placeOf = places(written, escape, decode);
      return ranges.map(([start, stop]) => [placeOf(start), placeOf(stop)]);
    },
  };
}

/** Tells where a place of the decoded text was written. */
function places(written: string, escape: RegExp, decode: Decode): (place: number) => number {
  // Where a run of equal lengths begins, decoded and as it was written.
  const [to, from]: [number[], number[]] = [[0], [0]];
  let length = 0;
  let end = 0;
  for (const found of written.matchAll(escape)) {
    length += found.index - end;
    for (const unit of unitsOf(decode(found[0], ...found.slice(1)), found[0])) {
      to.push(length);
      from.push(found.index + unit.at);
      length += unit.text.length;
    }
    end = found.index + found[0].length;
    to.push(length);
    from.push(end);
  }
  return (place) => {
    let [low, high] = [0, to.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((to[middle] as number) <= place) low = middle;
      else high = middle - 1;
    }
    return (from[low] as number) + place - (to[low] as number);
  };
}

/** The characters of what was decoded, each with its place in what was written: `%C3%A4%41` is two. */
function unitsOf(text: string, written: string): { text: string; at: number }[] {
  if (text.length === 1) return [{ text, at: 0 }];
  let at = 0;
  return Array.from(text, (character) => {
    const unit = { text: character, at };
    at = Math.min(at + 3 * Buffer.byteLength(character), written.length);
    return unit;
  });
}
