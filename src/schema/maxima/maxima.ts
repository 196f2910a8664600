/** How much an argument or an input field takes. */
export interface Maxima {
  /** The highest number of entries; null for what is no list. */
  entries: number | null;
  /** Of a text, or of each text of a list: UTF-16 units. Of JSON: characters of JSON text. Else null. */
  length: number | null;
  /** Whether the length is that of JSON. */
  isJson: boolean;
  /** Who refuses what is longer. Entries are always counted by the schema. */
  checkedBy: 'SCHEMA' | 'VERB';
}

/** What a field can say of its maxima. */
export interface MaximaOptions {
  /** Characters of a text, of each text of a list, or of JSON. */
  maxLength?: number;
  /** Entries of a list. */
  maxEntries?: number;
  /**
   * Who refuses a text or a JSON value that is too long or cannot be stored. A verb does so for what has more
   * rules, such as a name, and lists all mistakes together. The schema, when absent.
   */
  checkedBy?: Maxima['checkedBy'];
}

/** The maxima of everything that says nothing else. */
export const defaultMaxima = { text: 10_000, json: 100_000, entries: 100 } as const;

/** The deepest that JSON values may be nested. */
export const maxJsonDepth = 100;

/** The maxima of a value, or of a list of such values. @param type name of the type of the value */
export function maximaFor(
  type: string,
  isList: boolean,
  { maxLength, maxEntries, checkedBy = 'SCHEMA' }: MaximaOptions,
): Maxima | null {
  const isJson = type === 'JSON';
  const isText = type === 'String' || type === 'ID';
  if (!isList && !isJson && !isText) return null;
  return {
    entries: isList ? (maxEntries ?? defaultMaxima.entries) : null,
    length: isJson || isText ? (maxLength ?? (isJson ? defaultMaxima.json : defaultMaxima.text)) : null,
    isJson,
    checkedBy,
  };
}

/** The maxima as a sentence for the description. */
export function describeMaxima({ entries, length, isJson }: Maxima): string {
  const long = `at most ${shown(length ?? 0)} characters`;
  if (entries !== null) {
    return `At most ${shown(entries)} entries${length === null ? '' : ` with ${long} each`}.`;
  }
  return isJson
    ? `${capital(long)} of JSON, nested at most ${maxJsonDepth} levels deep.`
    : `${capital(long)}.`;
}

/** A number as descriptions and messages show it. */
export function shown(number: number): string {
  return number.toLocaleString('en');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
