import { isInputObjectType, isIntrospectionType, isObjectType, type GraphQLArgument } from 'graphql';
import { expect, test } from 'vitest';
import { schema } from '../src/schema/index.ts';
import { idOrPath, idsOrPaths, type ReferredType } from '../src/schema/naming/references.ts';

/** What callers give: an argument of a field, or a field of an input. */
interface Given {
  /** `Type.field(argument)` or `Type.field`. */
  at: string;
  name: string;
  /** As in the schema. */
  type: string;
  description: string;
  /** The type of the objects that the field of an argument answers. */
  answers: string;
}

function given(at: string, argument: Omit<GraphQLArgument, 'extensions'>, answers = ''): Given {
  const { name, description } = argument;
  return { at, name, type: argument.type.toString(), description: description ?? '', answers };
}

const types = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type));
const all = types.flatMap((type) => {
  if (isInputObjectType(type))
    return Object.values(type.getFields()).map((field) =>
      given(`${type.name}.${field.name}`, field as never),
    );
  if (!isObjectType(type)) return [];
  return Object.values(type.getFields()).flatMap((field) =>
    field.args.map((argument) =>
      given(`${type.name}.${field.name}(${argument.name})`, argument, field.type.toString()),
    ),
  );
});

/** The names that take an id or a path, and what they name. */
const kinds: Record<string, ReferredType> = {
  project: 'Project',
  environment: 'Environment',
  plugin: 'Plugin',
  job: 'Job',
  schedule: 'Schedule',
  service: 'Service',
  state: 'State',
  run: 'Run',
  webhook: 'Webhook',
};

/** Inputs whose fields have the names of verbs or kinds, and are themselves inputs. */
const isInput = ({ type }: Given): boolean =>
  isInputObjectType(schema.getType(type.replaceAll(/[[\]!]/g, '')));

const kindOf = ({ name, answers }: Given): ReferredType | undefined =>
  name === 'ref' ? kinds[answers.charAt(0).toLowerCase() + answers.slice(1)] : kinds[name];
const kindOfList = ({ name }: Given): ReferredType | undefined =>
  name.endsWith('s') ? kinds[name.slice(0, -1)] : undefined;
const where = (list: Given[]): string[] => list.map(({ at }) => at).sort();

/** What all descriptions of a reference begin with: `Id or path (…) of `. */
const beginning = (text: string): string => text.slice(0, text.lastIndexOf(') of ') + ') of '.length);

test('an argument with the name of a kind, and `ref`, takes an id or a path, and says so like all others', () => {
  const references = all.filter((one) => kindOf(one) !== undefined);
  expect(references.length).toBeGreaterThan(80);
  expect(new Set(references.map(kindOf))).toEqual(new Set(Object.values(kinds)));
  expect(where(references.filter(({ type }) => !/^ID!?$/.test(type)))).toEqual([]);
  expect(
    where(
      references.filter(
        (one) => !one.description.startsWith(beginning(idOrPath(kindOf(one) as ReferredType))),
      ),
    ),
  ).toEqual([]);
});

test('a list with the name of a kind takes ids and paths', () => {
  const lists = all.filter(
    (one) => kindOfList(one) !== undefined && one.type.startsWith('[') && !isInput(one),
  );
  expect(where(lists)).toEqual([
    ...['CreateWebhookInput.environments', 'CreateWebhookInput.jobs'],
    ...['InstallPluginsInput.plugins', 'ScheduleAfterInput.jobs'],
    ...['UpdateWebhookInput.environments', 'UpdateWebhookInput.jobs'],
  ]);
  for (const one of lists) {
    expect(one.type).toMatch(/^\[ID!\]!?$/);
    expect(one.description).toContain(beginning(idsOrPaths(kindOfList(one) as ReferredType)));
  }
});

test('`id` and `ids` take ids only', () => {
  const ids = all.filter(({ name }) => ['id', 'ids'].includes(name));
  expect(ids.length).toBeGreaterThan(8);
  for (const { at, name, type, description } of ids) {
    expect(type, at).toMatch(name === 'id' ? /^ID!$/ : /^\[ID!\]!?$/);
    expect(description, at).toMatch(name === 'id' ? /^(?:Id|Opaque id) of / : /^(?:Ids|Opaque ids) of /);
    expect(description, at).not.toMatch(/or paths?/);
  }
});

test('nothing else takes an id', () => {
  const others = all.filter(
    (one) => !['id', 'ids'].includes(one.name) && kindOf(one) === undefined && kindOfList(one) === undefined,
  );
  expect(where(others.filter(({ type }) => /\bID\b/.test(type)))).toEqual([]);
  expect(where(others.filter(({ description }) => /\b[Ii]ds? or paths?\b/.test(description)))).toEqual([]);
});
