import {
  getNullableType,
  isInputObjectType,
  isListType,
  isScalarType,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputType,
} from 'graphql';
import { InvalidInput, type InvalidField } from '../../errors.ts';
import { isPostgresText } from '../../lib/postgres-text.ts';
import { maxJsonDepth, shown, type Maxima } from './maxima.ts';
import { maximaOf } from './plugin.ts';

/** An argument or a field of an input type. */
export type Input = GraphQLArgument | GraphQLInputField;

/** The most faults that are listed. */
const maxFaults = 20;

type Path = readonly string[];

/**
 * Finds what is wrong with a value that a caller gives: a list, a text or JSON over its maximum, and texts
 * that cannot be stored. This is the only place that knows these rules.
 *
 * @param value as GraphQL has coerced it
 * @param path where it is in the arguments
 */
export function findFaults(input: Input, value: unknown, path: Path): InvalidField[] {
  const faults: InvalidField[] = [];
  look(input.type, maximaOf(input), value, path, faults);
  return faults;
}

/** Refuses the arguments of a mutation in which something is wrong. @throws InvalidInput */
export function refuseFaults(inputs: readonly Input[], values: Readonly<Record<string, unknown>>): void {
  const faults = inputs.flatMap((input) => findFaults(input, values[input.name], [input.name]));
  if (faults.length > 0) throw new InvalidInput(faults);
}

function look(
  type: GraphQLInputType,
  maxima: Maxima | null,
  value: unknown,
  path: Path,
  faults: InvalidField[],
): void {
  if (value === undefined || value === null || faults.length >= maxFaults) return;
  const present = getNullableType(type);
  if (isListType(present)) {
    const entries = value as unknown[];
    if (maxima?.entries != null && entries.length > maxima.entries) {
      faults.push(tooMany(path, entries.length, maxima.entries));
      return;
    }
    entries.forEach((entry, i) => look(present.ofType, maxima, entry, [...path, String(i)], faults));
  } else if (isInputObjectType(present)) {
    for (const field of Object.values(present.getFields())) {
      const given = (value as Record<string, unknown>)[field.name];
      look(field.type, maximaOf(field), given, [...path, field.name], faults);
    }
  } else if (isScalarType(present) && maxima?.length != null && maxima.checkedBy === 'SCHEMA') {
    const fault = faultInScalar(present.name, value, maxima.length);
    if (fault) faults.push({ path, code: fault.code, message: `\`${path.join('.')}\` ${fault.message}` });
  }
}

function tooMany(path: Path, count: number, max: number): InvalidField {
  const message = `\`${path.join('.')}\` has ${shown(count)} entries; at most ${shown(max)} are allowed.`;
  return { path, code: 'TOO_MANY', message };
}

type Fault = Pick<InvalidField, 'code' | 'message'> | null;

function faultInScalar(type: string, value: unknown, max: number): Fault {
  if (type === 'JSON') return faultInJson(value, max);
  const text = value as string;
  if (text.length > max) return tooLong(`${shown(text.length)} characters`, max);
  // An id or a path that cannot be stored names nothing. Whoever looks for it says so.
  return type === 'ID' || isPostgresText(text) ? null : badText;
}

const badText = {
  code: 'BAD_TEXT',
  message: 'contains a NUL or an unpaired surrogate, which cannot be stored.',
} as const;

function tooLong(what: string, max: number): Fault {
  return { code: 'TOO_LONG', message: `has ${what}; at most ${shown(max)} are allowed.` };
}

function faultInJson(value: unknown, max: number): Fault {
  const walk = { length: 0, max };
  const fault = faultIn(value, walk, 0);
  if (fault !== null) return fault;
  const { length } = JSON.stringify(value);
  return length > max ? tooLong(`${shown(length)} characters of JSON`, max) : null;
}

/** @param walk counts characters, fewer than JSON text has, so that a long value is not walked to its end */
function faultIn(value: unknown, walk: { length: number; readonly max: number }, depth: number): Fault {
  walk.length += typeof value === 'string' ? value.length : 1;
  if (walk.length > walk.max) return tooLong(`more than ${shown(walk.max)} characters of JSON`, walk.max);
  if (typeof value === 'string') return isPostgresText(value) ? null : badText;
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return { code: 'BAD_NUMBER', message: 'holds a number that is too large.' };
  }
  if (typeof value !== 'object' || value === null) return null;
  if (depth === maxJsonDepth) {
    return { code: 'TOO_DEEP', message: `is nested deeper than ${maxJsonDepth} levels.` };
  }
  const keys = Array.isArray(value) ? null : Object.keys(value);
  for (const item of keys ?? (value as unknown[])) {
    const fault = keys
      ? (faultIn(item, walk, depth) ??
        faultIn((value as Record<string, unknown>)[item as string], walk, depth + 1))
      : faultIn(item, walk, depth + 1);
    if (fault) return fault;
  }
  return null;
}
