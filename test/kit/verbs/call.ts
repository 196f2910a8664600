import { getNamedType, isUnionType, type GraphQLUnionType } from 'graphql';
import { expect } from 'vitest';
import { schema } from '../../../src/schema/index.ts';
import type { TestApp } from '../app.ts';
import { tableTexts } from '../tables.ts';

/** A refusal as the API answers it. `run` and its like exist only for types that have them. */
export interface Refused {
  __typename: string;
  code: string;
  message: string;
  path: string[] | null;
  fields?: { path: string[]; code: string; message: string }[];
  runStatus?: string | null;
  operationStatus?: string | null;
  run?: { id: string } | null;
  etag?: string | null;
  limit?: number;
}

type Answer<Success> = Partial<Success> & Refused;

const details: Record<string, string> = {
  InvalidInput: 'fields { path code message }',
  WrongStatus: 'runStatus operationStatus',
  Busy: 'run { id }',
  Conflict: 'etag',
  LimitExceeded: 'limit',
};

/** The selection for the refusals of a verb. GraphQL allows only types that the verb can answer. */
function selectionOf(verb: string): string {
  const field = schema.getMutationType()?.getFields()[verb];
  if (!field || !isUnionType(getNamedType(field.type))) throw new Error(`There is no verb ${verb}.`);
  const members = (getNamedType(field.type) as GraphQLUnionType).getTypes().map(({ name }) => name);
  const selected = members.flatMap((name) =>
    details[name] === undefined ? [] : [`... on ${name} { ${details[name]} }`],
  );
  return `... on UserError { code message path } ${selected.join(' ')}`;
}

/**
 * Calls a verb over HTTP.
 *
 * @param selection the selection of the success, such as `job { id }`
 */
export async function call<Success>(
  app: Pick<TestApp, 'query'>,
  verb: string,
  input: object,
  selection: string,
): Promise<Answer<Success>> {
  const type = `${verb.charAt(0).toUpperCase()}${verb.slice(1)}`;
  const answer = await app.query<Record<string, Answer<Success>>>(
    `mutation ($input: ${type}Input!) { ${verb}(input: $input) {
      __typename ${selectionOf(verb)} ... on ${type}Success { ${selection} }
    } }`,
    { input },
  );
  return answer[verb] as Answer<Success>;
}

/**
 * Has the checks of a verb run. The paths of the refusal are those that the verb itself gives, so that both can be
 * compared: the name of the verb in them is checked and left out.
 */
export async function validate(
  app: Pick<TestApp, 'query'>,
  verb: string,
  input: object,
): Promise<Answer<object>> {
  const answer = await app.query<{ validate: Answer<object> }>(
    `mutation ($input: ValidateInput!) { validate(input: $input) { __typename ${selectionOf('validate')} } }`,
    { input: { [verb]: input } },
  );
  const own = (path: string[]): string[] => {
    expect(path.slice(0, 2)).toEqual(['input', verb]);
    return ['input', ...path.slice(2)];
  };
  const { path, fields, ...rest } = answer.validate as Partial<Refused>;
  return {
    ...rest,
    ...(path === undefined ? {} : { path: path && own(path) }),
    ...(fields && { fields: fields.map((field) => ({ ...field, path: own(field.path) })) }),
  } as Answer<object>;
}

/** Calls a verb, and fails when it refuses. */
export async function done<Success>(
  app: Pick<TestApp, 'query'>,
  verb: string,
  input: object,
  selection: string,
): Promise<Success> {
  const answer = await call<Success>(app, verb, input, selection);
  if ('code' in answer) throw new Error(`${verb} answered ${answer.__typename}: ${answer.message}`);
  return answer;
}

/**
 * Calls a verb that must refuse. Fails when it does not refuse, or when anything in the store has changed.
 */
export async function refused(app: TestApp, verb: string, input: object): Promise<Refused> {
  const before = await tableTexts(app.app.store);
  const answer = await call<object>(app, verb, input, '__typename');
  expect(answer, `${verb} has to refuse`).toHaveProperty('code');
  expect(answer.message).toMatch(/^[^\n]+[.)]$/);
  expect(await tableTexts(app.app.store)).toEqual(before);
  return answer;
}

/** The mistakes that an `InvalidInput` lists, or what a `NotFound` is about, as `path: code`. */
export function mistakes({ __typename: type, code, path, fields = [] }: Refused): string[] {
  if (type === 'NotFound') return [`${path?.join('.') ?? ''}: ${code}`];
  expect(type).toBe('InvalidInput');
  return fields.map(({ path, code }) => `${path.join('.')}: ${code}`);
}
