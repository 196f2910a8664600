/** The texts of the `JsonText`s that the printing of a value has met; null while nothing is printed. */
let met: string[] | null = null;

/**
 * A JSON value that is there as text, such as a state of megabytes. It is printed as it is: to read it and write it
 * again would take long, and round its numbers.
 */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** Called by `JSON.stringify`. */
  toJSON(): unknown {
    // The text takes the place of a text that nothing else holds: a NUL cannot be stored.
    return met ? `\0${met.push(this.text) - 1}` : (JSON.parse(this.text) as unknown);
  }
}

/** Writes JSON as `JSON.stringify` does, with each `JsonText` as it is. */
export function printJson(value: unknown): string {
  if (typeof value !== 'object') return JSON.stringify(value);
  const texts: string[] = [];
  met = texts;
  try {
    const printed = JSON.stringify(value);
    return texts.length === 0
      ? printed
      : printed.replaceAll(/"\\u0000(\d+)"/g, (_token, index: string) => texts[Number(index)] ?? '');
  } finally {
    met = null;
  }
}
