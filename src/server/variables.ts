import {
  getNullableType,
  getVariableValues,
  GraphQLError,
  isInputObjectType,
  isInputType,
  isListType,
  typeFromAST,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { presentValues } from './documents/former-inputs.ts';
import { badUserInput, limitExceeded } from './request-errors.ts';

/** Limits of the variables of a request. */
export const variableLimits = {
  /** Entries of lists and fields of inputs in all variables together. JSON counts as one. */
  values: 20_000,
  /** Mistakes that are listed; the rest is not looked at. */
  mistakes: 10,
} as const;

type Values = Readonly<Record<string, unknown>>;

/** The variables by their present names, as given and as GraphQL has coerced them; or what is wrong with them. */
export type ReadVariables =
  | { present: Values; coerced: Values; errors?: undefined }
  | { present?: undefined; coerced?: undefined; errors: GraphQLError[] };

/** Reads the variables of an operation. Their values are counted before anything else looks at them. */
export function readVariables(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  given: Values,
): ReadVariables {
  const variables = variableDefinitions.flatMap(({ variable, type: node }) => {
    const type = typeFromAST(schema, node);
    return isInputType(type) ? [{ name: variable.name.value, type }] : [];
  });
  let left: number = variableLimits.values;
  for (const { name, type } of variables) {
    left -= countValues(type, given[name], left);
    if (left < 0) {
      const message = `The variable "$${name}" has too many values: all variables together may have ${variableLimits.values}.`;
      return { errors: [limitExceeded(message)] };
    }
  }
  const twice: GraphQLError[] = [];
  const present = presentValues(variables, given, (message) => twice.push(new GraphQLError(message)));
  if (twice.length > 0) return { errors: twice.slice(0, variableLimits.mistakes).map(badUserInput) };
  const { coerced, errors } = getVariableValues(schema, variableDefinitions, present, {
    maxErrors: variableLimits.mistakes,
  });
  return coerced ? { present, coerced } : { errors: errors.map(badUserInput) };
}

/** The number of values in a value. @param left where to stop: a higher number is not counted to its end */
function countValues(type: GraphQLInputType, value: unknown, left: number): number {
  const present = getNullableType(type);
  if (typeof value !== 'object' || value === null) return 1;
  let count = 1;
  if (isListType(present) && Array.isArray(value)) {
    if (value.length > left) return value.length;
    for (const entry of value) {
      count += countValues(present.ofType, entry, left - count);
      if (count > left) return count;
    }
  } else if (isListType(present)) {
    return countValues(present.ofType, value, left);
  } else if (isInputObjectType(present)) {
    const fields = present.getFields();
    for (const name in value) {
      const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
      count += field ? countValues(field.type, (value as Values)[name], left - count) : 1;
      if (count > left) return count;
    }
  }
  return count;
}
