import { JsonText, printJson } from '../../lib/event-loop/json-text.ts';
import { builder } from '../builder.ts';
import { documentLimit } from './state-limits.ts';

/** What is or was in a state. It is a text from the database to the answer. */
export const StateDocument = builder.objectRef<JsonText>('StateDocument').implement({
  description:
    'A document of a state, or a value of one. `json` and `text` have the same content. A program that reads `json` may round whole numbers above 2^53 and long fractions. `text` has every number as it was written.',
  fields: (t) => ({
    json: t.field({
      type: 'JSON',
      description: 'The document as a JSON value.',
      resolve: (document) => document,
    }),
    text: t.exposeString('text', { description: 'The document as JSON text.' }),
  }),
});

/** A document, or a value of one, as callers give it. */
export const StateDocumentInput = builder.inputType('StateDocumentInput', {
  description:
    'A document of a state, or a value of one. Give exactly one of the fields. In `text`, every number stays as it is written. In `json`, whole numbers above 2^53 are refused: give them in `text`.',
  isOneOf: true,
  fields: (t) => ({
    json: t.field({
      type: 'JSON',
      ...documentLimit,
      description: 'The document as a JSON value. To give the value null, use `text`.',
    }),
    text: t.string({
      ...documentLimit,
      description: 'The document as JSON text.',
    }),
  }),
});

/** The document in a column of a row. */
export function documentOf(value: unknown): JsonText {
  return value instanceof JsonText ? value : new JsonText(printJson(value));
}
