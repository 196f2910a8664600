import fc from 'fast-check';

/** A JSON value whose numbers are texts with a leading `#`, so that none is rounded. */
export type Marked = string | boolean | null | Marked[] | { [key: string]: Marked };

const number = fc.oneof(
  fc.integer().map(String),
  fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }).map(String),
  fc.constantFrom('9007199254740993', '-9007199254740993', '0.10', '1.50', '12345678901234567890.123'),
);
const text = fc.string({
  unit: fc.constantFrom('a', 'é', '"', '\\', '\n', '😀', 'n', 's', '_'),
  maxLength: 5,
});
// Only few keys, so that documents have keys in common.
const key = fc.constantFrom('a', 'b', 'bookmarks', '', '__proto__', 'constructor', '"q"');

const { value } = fc.letrec<{ value: Marked }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.oneof(
      number.map((digits) => `#${digits}`),
      text,
      fc.boolean(),
      fc.constant(null),
    ),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
  ),
}));

/** Documents that Meltano accepts. */
export const singerDocument: fc.Arbitrary<Marked> = fc
  .tuple(value, fc.option(value))
  .map(([state, note]) => (note === null ? { singer_state: state } : { singer_state: state, note }));

/** The document as JSON text, with real numbers. */
export function textOf(document: Marked): string {
  return JSON.stringify(document).replaceAll(/"#([^"]*)"/g, '$1');
}

/** The document of a JSON text. No text in it may contain a digit. */
export function documentOf(json: string): Marked {
  return JSON.parse(json.replaceAll(/-?\d+(?:\.\d+)?/g, '"#$&"')) as Marked;
}
