import {
  AlreadyExists,
  Busy,
  Conflict,
  InternalError,
  InvalidInput,
  LimitExceeded,
  NotFound,
  Refusal,
  Validated,
  WrongStatus,
  type InvalidField,
  type ResourceChange,
} from '../errors.ts';
import { changeLimits } from '../domain/changes.ts';
import { encodeGlobalId } from '../domain/global-id.ts';
import { builder } from './builder.ts';
import { Run } from './run.ts';
import { findById } from './rows.ts';

export const ErrorInterface = builder.interfaceRef<Refusal>('Error').implement({
  description:
    'Why a mutation was refused. A refused mutation has changed nothing. Also why a bulk operation failed for one of its objects, which is then as it was.',
  // Of a bulk operation it comes from the store, and is of no class.
  resolveType: ({ name }) => name,
  fields: (t) => ({
    code: t.exposeString('code', {
      description: 'What kind of refusal it is; it does not change between releases.',
    }),
    message: t.exposeString('message', { description: 'What is so, and what to do.' }),
    path: t.stringList({
      nullable: true,
      description: 'Where in the mutation\'s arguments the reason lies, such as `["input", "job"]`.',
      resolve: ({ path }) => (path === null ? null : [...path]),
    }),
  }),
});

builder.objectType(NotFound, {
  name: 'NotFound',
  description: 'Something that the input names does not exist. Code `NOT_FOUND`.',
  interfaces: [ErrorInterface],
});

builder.objectType(AlreadyExists, {
  name: 'AlreadyExists',
  description: 'Something with that name exists already. Code `ALREADY_EXISTS`.',
  interfaces: [ErrorInterface],
});

const InvalidFieldType = builder.objectRef<InvalidField>('InvalidField').implement({
  description: 'One thing that is wrong with an input.',
  fields: (t) => ({
    path: t.stringList({
      description: "Where in the mutation's arguments it is.",
      resolve: ({ path }) => [...path],
    }),
    code: t.exposeString('code', {
      description: 'What kind of mistake it is, such as `TOO_LONG` or `UNKNOWN_BLOCK`.',
    }),
    message: t.exposeString('message', { description: 'What is so, and what to do.' }),
  }),
});

builder.objectType(InvalidInput, {
  name: 'InvalidInput',
  description: 'The input breaks rules; `fields` lists all of them at once. Code `INVALID_INPUT`.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    fields: t.field({
      type: [InvalidFieldType],
      description: 'Everything that is wrong.',
      resolve: ({ fields }) => [...fields],
    }),
  }),
});

builder.objectType(WrongStatus, {
  name: 'WrongStatus',
  description: 'The object is in a status in which this cannot be done. Code `WRONG_STATUS`.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ status: t.exposeString('status', { description: 'The status that it is in.' }) }),
});

builder.objectType(Busy, {
  name: 'Busy',
  description: 'A run holds what the mutation would change. Code `BUSY`.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    run: t.field({
      type: Run,
      nullable: true,
      description:
        'The run that holds it; null when another mutation does for a moment, and when the run was deleted since.',
      resolve: ({ runId }, _args, context, info) =>
        runId === null ? null : findById(context, info, 'Run', runId),
    }),
  }),
});

builder.objectType(Conflict, {
  name: 'Conflict',
  description:
    'The mutation contradicts what is there, what the caller has seen of it (`ifMatch`), or an earlier request with the same `clientRequestId`. Code `CONFLICT`.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    etag: t.exposeString('etag', {
      nullable: true,
      description: 'The present etag of the object, when `ifMatch` names another one.',
    }),
  }),
});

builder.objectType(LimitExceeded, {
  name: 'LimitExceeded',
  description: 'The mutation would do more at once than is allowed. Code `LIMIT_EXCEEDED`.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ limit: t.exposeInt('limit', { description: 'The most that is allowed.' }) }),
});

builder.objectType(InternalError, {
  name: 'InternalError',
  description:
    'Something went wrong inside the gateway, whose log says what. Given for one object of a bulk operation; a mutation that fails so is in `errors`. Code `INTERNAL_SERVER_ERROR`.',
  interfaces: [ErrorInterface],
});

const ResourceChangeType = builder.objectRef<ResourceChange>('ResourceChange').implement({
  description: 'One field of an object that a mutation would change.',
  fields: (t) => ({
    type: t.exposeString('type', { description: 'Type of the object, such as `Job`.' }),
    id: t.id({
      description: 'Id of the object.',
      resolve: ({ type, id }) => encodeGlobalId({ type, id }),
    }),
    field: t.exposeString('field', {
      description:
        'What would change: `path`, `name`, `stateId`, `environment`, of a job that names a renamed plugin `tasks`, and of a schedule `job`, `extractor`, `loader`, `transform`.',
    }),
    before: t.exposeString('before', {
      nullable: true,
      description: 'What it is now; an environment and a job by their paths. Null for none.',
    }),
    after: t.exposeString('after', { nullable: true, description: 'What it would be. Null for none.' }),
  }),
});

builder.objectType(Validated, {
  name: 'Validated',
  description:
    'All checks have passed, and nothing was changed: the answer to an input with `validateOnly`, in place of a success.',
  fields: (t) => ({
    message: t.exposeString('message', { description: 'The same in a sentence.' }),
    changes: t.field({
      type: [ResourceChangeType],
      nullable: true,
      description: `What would change in objects themselves, field by field: in the one that the input names, and in those that go with it, of which at most ${changeLimits.beside} are listed. Null for mutations that do not list this; \`moveResource\` does.`,
      resolve: ({ changes }) => changes && [...changes],
    }),
    pathCount: t.exposeInt('pathCount', {
      nullable: true,
      description: `How many further objects would get another path, and nothing else, such as all in a project that is renamed; counted up to ${changeLimits.below.toLocaleString('en')}. Null where \`changes\` is.`,
    }),
  }),
});
