import { inSlices } from './slices.ts';

/** Characters up to which the platform's parser does not keep the event loop for long. */
const small = 1_000_000;

/** How many values are read before a look at the clock. */
const valuesALook = 256;

/** Characters of a text in quotes that are read at once. */
const charactersALook = 50_000;

/** An object has more keys than it may have: each further use of it would keep the event loop for long. */
export class TooManyKeys extends SyntaxError {
  override name = 'TooManyKeys';
}

/** How a text is read. */
interface Options {
  /** Characters up to which a text is read at once. */
  whole?: number;
  /** The most keys that an object of a longer one may have. */
  maxKeys?: number;
}

/**
 * The value of a JSON text, as `JSON.parse` makes it. A long text is read in slices, because ten million characters
 * of small values take the platform's parser up to a second.
 *
 * @throws SyntaxError
 */
export async function parseJson(
  text: string,
  { whole = small, maxKeys = Infinity }: Options = {},
): Promise<unknown> {
  if (text.length <= whole) return JSON.parse(text) as unknown;
  const turn = inSlices();
  const reader = new Reader(text, maxKeys);
  for (let isMore = true; isMore; await turn()) isMore = reader.read(valuesALook);
  return reader.result;
}

type Container = unknown[] | Record<string, unknown>;

/** Reads a text value by value, and can pause after each. */
class Reader {
  result: unknown;
  readonly #text: string;
  #at = 0;
  #isAfterValue = false;
  /** The lists and objects that have begun, the innermost last, and the key of each in the one around it. */
  readonly #open: { container: Container; key: string; size: number }[] = [];
  readonly #maxKeys: number;
  /** The value that is a long text: its key, and the parts of it that have been read. */
  #long: { key: string; parts: string[] } | null = null;

  constructor(text: string, maxKeys: number) {
    this.#text = text;
    this.#maxKeys = maxKeys;
  }

  /** Reads some values, or a part of a long text. @returns whether there is more to read */
  read(count: number): boolean {
    for (let i = 0; i < count; i += 1) {
      if (this.#long) {
        this.#readPart(this.#long);
        return true;
      }
      if (!this.#isAfterValue) this.#readValue();
      else if (!this.#readEnd()) return false;
    }
    return true;
  }

  /** Reads a value, or the beginning of a list or an object. */
  #readValue(): void {
    const key = this.#readKey();
    const code = this.#next();
    if (code === openList || code === openObject) {
      this.#at += 1;
      this.#open.push({ container: code === openList ? [] : {}, key, size: 0 });
      // Else its first value comes next.
      this.#isAfterValue = this.#next() === (code === openList ? closeList : closeObject);
    } else if (code === quote && this.#isLongText()) {
      this.#at += 1;
      this.#long = { key, parts: [] };
    } else {
      this.#add(key, code === quote ? this.#readText() : this.#readScalar());
      this.#isAfterValue = true;
    }
  }

  /** Whether a text is longer than is read at once, or has an escape, so that its end is not known. */
  #isLongText(): boolean {
    const end = this.#text.indexOf('"', this.#at + 1);
    if (end > 0 && end - this.#at < charactersALook && this.#text.charCodeAt(end - 1) !== backslash)
      return false;
    const whole = this.#endOfPart(this.#at + 1);
    return this.#text.charCodeAt(whole) !== quote;
  }

  /** Where a part of a text ends that begins at a place: at the quote, or after so many characters. */
  #endOfPart(from: number): number {
    const most = Math.min(this.#text.length, from + charactersALook);
    for (let at = from; at < most; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (code === quote) return at;
      // An escape stays whole.
      if (code === backslash) at += this.#text.charCodeAt(at + 1) === letterU ? 5 : 1;
      if (at + 1 >= most) return at + 1;
    }
    return most;
  }

  #readPart({ key, parts }: { key: string; parts: string[] }): void {
    const end = this.#endOfPart(this.#at);
    if (end >= this.#text.length) this.#fail();
    parts.push(JSON.parse(`"${this.#text.slice(this.#at, end)}"`) as string);
    this.#at = end;
    if (this.#text.charCodeAt(end) !== quote) return;
    this.#at += 1;
    this.#long = null;
    this.#add(key, parts.join(''));
    this.#isAfterValue = true;
  }

  /** Reads what comes after a value: a comma, or the end of what it is in. @returns false at the end of the text */
  #readEnd(): boolean {
    const last = this.#open.at(-1);
    const code = this.#next();
    if (!last) return Number.isNaN(code) ? false : this.#fail();
    this.#at += 1;
    if (code === comma) {
      this.#isAfterValue = false;
    } else {
      if (code !== (Array.isArray(last.container) ? closeList : closeObject)) this.#fail();
      this.#open.pop();
      this.#add(last.key, last.container);
    }
    return true;
  }

  /** The key before the next value; '' in a list. */
  #readKey(): string {
    const last = this.#open.at(-1);
    if (!last || Array.isArray(last.container)) return '';
    if (this.#next() !== quote) this.#fail();
    const key = this.#readText();
    if (this.#next() !== colon) this.#fail();
    this.#at += 1;
    last.size += 1;
    if (last.size > this.#maxKeys) throw new TooManyKeys(`An object has more than ${this.#maxKeys} keys.`);
    return key;
  }

  #add(key: string, value: unknown): void {
    const around = this.#open.at(-1)?.container;
    if (around === undefined) this.result = value;
    else if (Array.isArray(around)) around.push(value);
    else if (key !== '__proto__') around[key] = value;
    // An assignment would not make a key of it.
    else Object.defineProperty(around, key, { value, enumerable: true, configurable: true, writable: true });
  }

  #readText(): string {
    const from = this.#at;
    let end = this.#text.indexOf('"', from + 1);
    if (end > 0 && this.#text.charCodeAt(end - 1) === backslash) end = this.#endOfEscaped(from + 1);
    if (end < 0) this.#fail();
    this.#at = end + 1;
    return JSON.parse(this.#text.slice(from, end + 1)) as string;
  }

  /** Where a text ends that has escapes; -1 when it does not. */
  #endOfEscaped(from: number): number {
    for (let at = from; at < this.#text.length; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (code === quote) return at;
      if (code === backslash) at += 1;
    }
    return -1;
  }

  /** A number, a boolean or null. */
  #readScalar(): unknown {
    scalar.lastIndex = this.#at;
    const [token] = scalar.exec(this.#text) ?? this.#fail();
    this.#at = scalar.lastIndex;
    return JSON.parse(token) as unknown;
  }

  /** The next sign that is no blank; NaN at the end. */
  #next(): number {
    let code = this.#text.charCodeAt(this.#at);
    while (code === 32 || code === 10 || code === 13 || code === 9) {
      this.#at += 1;
      code = this.#text.charCodeAt(this.#at);
    }
    return code;
  }

  #fail(): never {
    throw new SyntaxError(`The JSON is wrong at position ${this.#at}.`);
  }
}

const [openList, closeList, openObject, closeObject] = [91, 93, 123, 125];
const [quote, backslash, comma, colon, letterU] = [34, 92, 44, 58, 117];

const scalar = /[-+.\w]+/y;
