import { builder } from '../builder.ts';
import type { InputFields } from '../verb.ts';
import { StateDocumentInput } from './state-document.ts';

const StatePathInput = builder.inputType('StatePathInput', {
  description: 'A place in a state document.',
  fields: (t) => ({ path: pointer(t, 'Where the value is') }),
});

const StateValueInput = builder.inputType('StateValueInput', {
  description: 'A place in a state document, and a value.',
  fields: (t) => ({
    path: pointer(t, 'Where the value belongs'),
    value: t.field({ type: StateDocumentInput, required: true, description: 'The value.' }),
  }),
});

const StatePathsInput = builder.inputType('StatePathsInput', {
  description: 'Two places in a state document.',
  fields: (t) => ({
    from: pointer(t, 'Where the value is'),
    path: pointer(t, 'Where it comes'),
  }),
});

function pointer(t: InputFields, description: string) {
  return t.string({
    required: true,
    description: `${description}, as a JSON pointer (RFC 6901), such as \`/singer_state/bookmarks/orders\`. The empty text is the whole document.`,
  });
}

/** An operation of `editState`. */
export const StateOperationInput = builder.inputType('StateOperationInput', {
  description: 'An operation on a state document, as RFC 6902 defines it. Give exactly one of the fields.',
  isOneOf: true,
  fields: (t) => ({
    add: t.field({
      type: StateValueInput,
      description: 'Sets a key of an object, or inserts into a list; `-` in place of the index is its end.',
    }),
    remove: t.field({ type: StatePathInput, description: 'Removes the value. It must be there.' }),
    replace: t.field({ type: StateValueInput, description: 'Replaces the value. It must be there.' }),
    move: t.field({ type: StatePathsInput, description: 'Removes the value, and adds it at another place.' }),
    copy: t.field({ type: StatePathsInput, description: 'Adds a copy of the value at another place.' }),
    test: t.field({
      type: StateValueInput,
      description: 'Changes nothing. The whole edit is refused when another value is there, or none.',
    }),
  }),
});
