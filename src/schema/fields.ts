import type { StoredVariable } from '../domain/environment-variables.ts';
import { etagOf } from '../domain/etag.ts';
import { createdAt } from '../store/sources.ts';
import { builder } from './builder.ts';
import { needs } from './columns.ts';
import type { RowRef } from './connection.ts';

/** Adds `createdAt`, which the row's id tells. */
export function addCreatedAt(type: RowRef): void {
  builder.objectField(type, 'createdAt', (t) =>
    t.field({
      type: 'DateTime',
      description: 'When it was made.',
      resolve: (row) => createdAt((row as { id: string }).id),
    }),
  );
}

/** Adds `etag`, for `ifMatch`. @param column what counts the changes of a row */
export function addEtag(type: RowRef, column: 'revision' | 'version' = 'revision'): void {
  builder.objectField(type, 'etag', (t) =>
    t.string({
      description:
        'Changes whenever the object itself does. Given as `ifMatch`, it keeps a mutation from changing what others have changed since you read it. Opaque.',
      ...needs(column),
      resolve: (row) => {
        const { id, [column]: revision } = row as { id: string; revision: number; version: number };
        return etagOf(id, revision);
      },
    }),
  );
}

/** Adds `deleteTime` and `purgeTime`, for what is marked as deleted before it is removed. */
export function addDeleteTimes(type: RowRef): void {
  builder.objectFields(type, (t) => ({
    deleteTime: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was deleted; null while it exists.',
      ...needs('deleteTime'),
      resolve: (row) => (row as { deleteTime: Date | null }).deleteTime,
    }),
    purgeTime: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it is removed for good; until then `undelete` brings it back. Null while it exists.',
      ...needs('deleteTime'),
      resolve: (row, _args, { services }) => {
        const { deleteTime } = row as { deleteTime: Date | string | null };
        return deleteTime === null
          ? null
          : new Date(new Date(deleteTime).getTime() + services.deletedRetentionMs);
      },
    }),
  }));
}

export const EnvironmentVariable = builder.objectRef<StoredVariable>('EnvironmentVariable').implement({
  description: 'An environment variable that is given to a run.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name of the variable.' }),
    value: t.string({
      nullable: true,
      description: 'Its value; null when it is sensitive.',
      resolve: ({ value, sensitive }) => (sensitive ? null : value),
    }),
    sensitive: t.exposeBoolean('sensitive', {
      description:
        "Whether the value is kept from readers: it belongs to a plugin's sensitive setting, or looks like a secret.",
    }),
  }),
});

export const EnvironmentVariableInput = builder.inputType('EnvironmentVariableInput', {
  description: 'An environment variable to give to a run.',
  fields: (t) => ({
    name: t.string({
      required: true,
      description: 'Name: letters, digits and `_`, not beginning with a digit.',
    }),
    value: t.string({ required: true, description: 'Value; at most 32,768 characters.' }),
  }),
});
