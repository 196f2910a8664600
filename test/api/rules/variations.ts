import {
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  type GraphQLInputObjectType,
  type GraphQLInputType,
} from 'graphql';
import { newId } from '../../../src/lib/uuid.ts';
import { decodeGlobalId, encodeGlobalId } from '../../../src/domain/naming/global-id.ts';
import { anyValue } from './over-maximum.ts';

/** An input that differs from another one in one place. */
export interface Variation {
  /** The place, such as `to.stateId`. */
  at: string;
  input: Record<string, unknown>;
}

/** For each field of an input type, and for each field of the objects in it, the input with another value there. */
export function variationsOf(type: GraphQLInputObjectType, input: Record<string, unknown>): Variation[] {
  return (
    Object.values(type.getFields())
      // It is no part of the input that it stands for.
      .filter(({ name }) => name !== 'clientRequestId')
      .flatMap((field) =>
        otherValues(field.type, field.name, input[field.name]).map(({ at, value }) => ({
          at,
          input: { ...(type.isOneOf && input[field.name] === undefined ? {} : input), [field.name]: value },
        })),
      )
  );
}

interface OtherValue {
  at: string;
  value: unknown;
}

function otherValues(type: GraphQLInputType, at: string, value: unknown): OtherValue[] {
  const present = getNullableType(type);
  if (isListType(present)) {
    const entries = (value ?? []) as unknown[];
    const [first, ...rest] = entries;
    return [
      { at, value: [...entries, entry(present.ofType)] },
      ...(entries.length === 0 ? [] : otherValues(present.ofType, `${at}.0`, first)).map((other) => ({
        at: other.at,
        value: [other.value, ...rest],
      })),
    ];
  }
  if (isInputObjectType(present)) {
    if (value === undefined) return [{ at, value: anyValue(present) }];
    return variationsOf(present, value as Record<string, unknown>).map((inner) => ({
      at: `${at}.${inner.at}`,
      value: inner.input,
    }));
  }
  if (isEnumType(present)) {
    const other = present.getValues().find(({ name }) => name !== value);
    return [{ at, value: other?.name }];
  }
  return [{ at, value: otherScalar(present.name, at, value) }];
}

/** An entry of a list that is not there yet. */
function entry(type: GraphQLInputType): unknown {
  const present = getNullableType(type);
  return present.toString() === 'ID' ? otherId('', undefined) : anyValue(type);
}

function otherScalar(type: string, at: string, value: unknown): unknown {
  switch (type) {
    case 'Boolean':
      return value !== true;
    case 'Int':
      return ((value ?? 0) as number) + 1;
    case 'DateTime':
      return '2026-02-03T04:05:06.000Z';
    case 'ID':
      return otherId(at.split('.').at(-1) ?? '', value as string | undefined);
    case 'JSON':
      return Array.isArray(value)
        ? [...(value as unknown[]), 1]
        : { ...(value as object | undefined), more: 1 };
    default:
      return `${(value ?? '') as string}x`;
  }
}

/** How many names the paths of objects have. */
const names: Record<string, number> = { project: 1, environment: 2 };

/** The id of something else of the same type, or another path of the same length. */
function otherId(field: string, value: string | undefined): string {
  if (value === undefined) return Array.from({ length: names[field] ?? 3 }, () => 'other').join('/');
  const known = decodeGlobalId(value);
  return known ? encodeGlobalId({ ...known, id: newId() }) : `${value}x`;
}
