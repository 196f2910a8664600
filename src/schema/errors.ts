import {
  AlreadyExists,
  Busy,
  Conflict,
  InternalError,
  InvalidInput,
  LimitExceeded,
  NotFound,
  Refusal,
  Unavailable,
  WrongStatus,
  type InvalidField,
  type ResourceChange,
  type Validated,
} from '../errors.ts';
import { changeLimits } from '../domain/rules/changes.ts';
import { encodeGlobalId } from '../domain/naming/global-id.ts';
import { builder } from './builder.ts';
import { BulkOperationStatus, ErrorCode, InvalidFieldCode, ResourceType, RunStatus } from './enums.ts';
import { Run } from './runs/run.ts';
import { findById } from './find-row.ts';

export const UserError = builder.interfaceRef<Refusal>('UserError').implement({
  description:
    'Why a mutation was refused. A refused mutation has changed nothing. It is also the reason why a bulk operation failed for one of its objects; that object is unchanged.',
  // The error of a bulk item comes from the store and is not an instance of a class.
  resolveType: ({ name }) => name,
  fields: (t) => ({
    code: t.expose('code', { type: ErrorCode, description: 'The kind of refusal.' }),
    message: t.exposeString('message', { description: 'What is wrong, and what to do.' }),
    path: t.stringList({
      nullable: true,
      description:
        'The argument of the mutation that is the reason, such as `["input", "job"]`. Null when no argument is.',
      resolve: ({ path }) => (path === null ? null : [...path]),
    }),
  }),
});

builder.objectType(NotFound, {
  name: 'NotFound',
  description: 'Something that the input names does not exist. Code `NOT_FOUND`.',
  interfaces: [UserError],
});

builder.objectType(AlreadyExists, {
  name: 'AlreadyExists',
  description: 'Something with that name exists already. Code `ALREADY_EXISTS`.',
  interfaces: [UserError],
});

const InvalidFieldType = builder.objectRef<InvalidField>('InvalidField').implement({
  description: 'One thing that is wrong with an input.',
  fields: (t) => ({
    path: t.stringList({
      description: 'The argument that is wrong, such as `["input", "name"]`.',
      resolve: ({ path }) => [...path],
    }),
    code: t.expose('code', { type: InvalidFieldCode, description: 'The kind of mistake.' }),
    message: t.exposeString('message', { description: 'What is wrong, and what to do.' }),
  }),
});

builder.objectType(InvalidInput, {
  name: 'InvalidInput',
  description: 'The input breaks rules. `fields` lists every mistake. Code `INVALID_INPUT`.',
  interfaces: [UserError],
  fields: (t) => ({
    fields: t.field({
      type: [InvalidFieldType],
      description: 'Everything that is wrong with the input.',
      resolve: ({ fields }) => [...fields],
    }),
  }),
});

builder.objectType(WrongStatus, {
  name: 'WrongStatus',
  description:
    'The run or the bulk operation has a status in which this is not possible. Code `WRONG_STATUS`.',
  interfaces: [UserError],
  fields: (t) => ({
    runStatus: t.expose('runStatus', {
      type: RunStatus,
      nullable: true,
      description: 'The status of the run. Null when the object is a bulk operation.',
    }),
    operationStatus: t.expose('operationStatus', {
      type: BulkOperationStatus,
      nullable: true,
      description: 'The status of the bulk operation. Null when the object is a run.',
    }),
  }),
});

builder.objectType(Busy, {
  name: 'Busy',
  description: 'A run uses what the mutation would change. Code `BUSY`.',
  interfaces: [UserError],
  fields: (t) => ({
    run: t.field({
      type: Run,
      nullable: true,
      description:
        'The run that uses it. Null when another mutation uses it at this moment, and when the run has been deleted since.',
      resolve: ({ runId }, _args, context, info) =>
        runId === null ? null : findById(context, info, 'Run', runId),
    }),
  }),
});

builder.objectType(Conflict, {
  name: 'Conflict',
  description:
    'The mutation does not fit what is stored, what the caller has read (`ifMatch`), or an earlier request with the same `clientRequestId`. Code `CONFLICT`.',
  interfaces: [UserError],
  fields: (t) => ({
    etag: t.exposeString('etag', {
      nullable: true,
      description: 'The current etag of the object, when it differs from `ifMatch`. Otherwise null.',
    }),
  }),
});

builder.objectType(LimitExceeded, {
  name: 'LimitExceeded',
  description: 'The mutation would change more at once than is allowed. Code `LIMIT_EXCEEDED`.',
  interfaces: [UserError],
  fields: (t) => ({ limit: t.exposeInt('limit', { description: 'The highest number that is allowed.' }) }),
});

builder.objectType(Unavailable, {
  name: 'Unavailable',
  description:
    'The gateway cannot do it now: its database cannot be reached or has too much to do, the disk is full, or it is being stopped. Send the request again later; `Retry-After` of the answer says after how many seconds. Code `UNAVAILABLE`.',
  interfaces: [UserError],
});

builder.objectType(InternalError, {
  name: 'InternalError',
  description:
    'An internal error of the gateway, whose log says more. Only an item of a bulk operation has it; for a mutation, such an error is in `errors` of the response. Code `INTERNAL_SERVER_ERROR`.',
  interfaces: [UserError],
});

const ResourceChangeType = builder.objectRef<ResourceChange>('ResourceChange').implement({
  description: 'One field of an object that a mutation would change.',
  fields: (t) => ({
    type: t.expose('type', { type: ResourceType, description: 'Type of the object.' }),
    objectId: t.id({
      description: 'Id of the object.',
      resolve: ({ type, id }) => encodeGlobalId({ type, id }),
    }),
    field: t.exposeString('field', {
      description:
        'The field that would change: `path`, `name`, `stateId` or `environment`; for a job that uses a renamed plugin also `tasks`; for a schedule also `job`, `extractor`, `loader` or `transform`.',
    }),
    before: t.exposeString('before', {
      nullable: true,
      description: 'The value now. An environment or a job is given by its path. Null for none.',
    }),
    after: t.exposeString('after', {
      nullable: true,
      description: 'The value after the change. Null for none.',
    }),
  }),
});

/** An error is no value of a field: this is what `Validated` says, without being one. */
export type Validation = Pick<Validated, 'message' | 'changes' | 'pathCount'>;

export const ValidatedType = builder.objectRef<Validation>('Validated').implement({
  description: 'All checks of the mutation have passed. Nothing was changed.',
  fields: (t) => ({
    message: t.exposeString('message', { description: 'The same as a sentence.' }),
    changes: t.field({
      type: [ResourceChangeType],
      nullable: true,
      description: `The changes that the mutation would make, field by field: in the object that the input names, and in at most ${changeLimits.beside} objects that change with it. Null for mutations that do not list changes; \`moveResource\` does.`,
      resolve: ({ changes }) => changes && [...changes],
    }),
    pathCount: t.exposeInt('pathCount', {
      nullable: true,
      description: `How many more objects would only get another path, such as everything in a project that is renamed. Counted up to ${changeLimits.below.toLocaleString('en')}. Null when \`changes\` is null.`,
    }),
  }),
});
