import fc from 'fast-check';
import {
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isRequiredInputField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
} from 'graphql';
import { maximaOf } from '../../src/schema/maxima/plugin.ts';
import type { Input } from '../../src/schema/maxima/find-faults.ts';
import { documentTexts, integers, jsons, manifests, state, texts, times } from './hostile.ts';
import { namedKeys, type KnownNow } from './known.ts';

type Values = fc.Arbitrary<unknown>;

/** Makes arbitrary values for arguments. Each input type is made once, since they lead to each other. */
export function valuesFor(knownNow: KnownNow): (input: Input) => Values {
  const made = new Map<GraphQLInputObjectType, Values>();

  const ofObject = (type: GraphQLInputObjectType): Values => {
    const known = made.get(type);
    if (known) return known;
    const fields = Object.values(type.getFields());
    const each = Object.fromEntries(fields.map((field) => [field.name, ofInput(field)]));
    const required = fields.filter(isRequiredInputField).map(({ name }) => name);
    // Most objects have few of their optional fields, so that more of them pass the first checks.
    const few = fc
      .tuple(
        fc.record(each, { noNullPrototype: true }),
        fc.array(fc.nat({ max: 9 }), { minLength: fields.length, maxLength: fields.length }),
        fc.constantFrom(1, 3, 6),
      )
      .map(([whole, draws, keeps]) =>
        Object.fromEntries(
          Object.entries(whole).filter(
            ([name], i) => required.includes(name) || (draws[i] ?? 0) < (rare.has(name) ? 1 : keeps),
          ),
        ),
      );
    const one = fc
      .constantFrom(...fields)
      .chain((field) => ofInput(field).map((value) => ({ [field.name]: value })));
    const values = type.isOneOf ? fc.oneof({ arbitrary: one, weight: 9 }, few) : few;
    made.set(type, values);
    return values;
  };

  const ofType = (input: Input, given: GraphQLInputType): Values => {
    const type = getNullableType(given);
    if (isListType(type)) return listOf(input, ofType(input, type.ofType));
    if (isInputObjectType(type)) return ofObject(type);
    if (isEnumType(type)) return fc.constantFrom(...type.getValues().map(({ name }) => name));
    if (type.name === 'Boolean') return fc.boolean();
    if (type.name === 'Int')
      return fc.oneof(
        { arbitrary: fc.integer({ min: 1, max: 100 }), weight: 3 },
        fc.constantFrom(...integers),
      );
    if (type.name === 'DateTime')
      return fc.oneof(
        { arbitrary: fc.constantFrom(...times.slice(0, 4)), weight: 2 },
        fc.constantFrom(...times),
      );
    if (type.name === 'JSON') return jsonFor(input.name);
    return textFor(input.name, knownNow);
  };

  const ofInput = (input: Input): Values =>
    fc.oneof({ arbitrary: ofType(input, input.type), weight: 60 }, fc.constantFrom(null, {}, [], 0, ''));

  return ofInput;
}

// With these, most mutations would be repeated or refused.
const rare: ReadonlySet<string> = new Set(['clientRequestId', 'ifMatch']);

function textFor(name: string, knownNow: KnownNow): Values {
  const of = (key: string): Values =>
    fc.nat().map((n) => {
      const known = knownNow().named.get(key) ?? [];
      return known[n % known.length] ?? 'x';
    });
  const odd = fc.oneof(
    { arbitrary: fc.constantFrom(...texts), weight: 4 },
    fc.string({ unit: 'binary', maxLength: 12 }),
  );
  const usual = usualTexts[name] ?? of(name);
  // What no list of names is for may be any text.
  const isNamed = name in usualTexts || namedKeys.has(name);
  return fc.oneof(
    { arbitrary: usual, weight: isNamed ? 20 : 0 },
    { arbitrary: of(''), weight: 1 },
    { arbitrary: odd, weight: 3 },
  );
}

/** Manifests, documents of states, and states; places in documents. */
const usualTexts: Record<string, Values> = {
  text: fc.oneof(manifests, fc.constantFrom(...documentTexts)),
  path: fc.constantFrom('/singer_state', '/singer_state/a', '/singer_state/a/-', ''),
};

const usualJson: Record<string, readonly unknown[]> = {
  json: [state, {}],
  patch: [[{ op: 'add', path: '/singer_state', value: { a: 1 } }], []],
  config: [{ path: 'in.csv' }, { path: null, 'deep.er': 1 }],
  extras: [{ metadata: { 'a.*': { 'replication-key': 'b' } } }, {}],
};

function jsonFor(name: string): Values {
  const usual = usualJson[name] ?? [1];
  return fc.oneof({ arbitrary: fc.constantFrom(...usual), weight: 2 }, fc.constantFrom(...jsons));
}

function listOf(input: Input, values: Values): Values {
  const max = maximaOf(input)?.entries ?? 100;
  const tooLong = values.map((value) => Array.from({ length: max + 1 }, () => value));
  return fc.oneof(
    { arbitrary: fc.array(values, { minLength: 1, maxLength: 3 }), weight: 60 },
    // What has more in it would make documents of megabytes.
    { arbitrary: max <= 100 ? tooLong : fc.array(values, { maxLength: 1 }), weight: 1 },
    { arbitrary: values, weight: 1 },
  );
}
