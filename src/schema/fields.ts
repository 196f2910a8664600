import { variableLimits, type StoredVariable } from '../domain/definitions/environment-variables.ts';
import { suffixLength } from '../domain/definitions/state-id-suffix.ts';
import { labelLength, maxLabels } from '../domain/naming/labels.ts';
import { nameLength } from '../domain/naming/names.ts';
import { etagOf } from '../domain/rules/etag.ts';
import type { FieldRef } from '@pothos/core';
import { needs } from '../reading/selection.ts';
import type { ReadAlongOptions } from '../reading/fields/global-types.ts';
import { createdAt } from '../store/reading/filters.ts';
import { builder, type BuilderTypes, type RowRef } from './builder.ts';
import type { InputFields } from './verb.ts';

/** The builder of the fields of a type whose objects are in an environment. */
interface InEnvironment {
  readAlong: (way: readonly ['environment', 'project'], options: ReadAlongOptions) => FieldRef<BuilderTypes>;
}

/**
 * The natural name of an object in an environment: `project/environment/name`.
 * @param column the column with its name
 */
export function pathIn(t: InEnvironment, column: 'name' | 'stateId', description: string) {
  return t.readAlong(['environment', 'project'], {
    type: 'String',
    description,
    needs: [column],
    columns: ['name'],
    resolve: (row, [environment, project]) => [project?.name, environment?.name, row[column]].join('/'),
  });
}

/** Adds `createdAt`. It is read from the row's id. */
export function addCreatedAt(type: RowRef): void {
  builder.objectField(type, 'createdAt', (t) =>
    t.field({
      type: 'DateTime',
      description: 'When it was created.',
      ...needs('id'),
      resolve: (row) => createdAt((row as { id: string }).id),
    }),
  );
}

/** Adds `updatedAt`, which the database writes with each change. @param beside what counts as no change */
export function addUpdatedAt(type: RowRef, beside = ''): void {
  builder.objectField(type, 'updatedAt', (t) =>
    t.field({
      type: 'DateTime',
      description: `When it was last changed${beside}; when it was created, if it never was.`,
      ...needs('updatedAt'),
      resolve: (row) => (row as { updatedAt: Date }).updatedAt,
    }),
  );
}

/** Adds `etag`, for `ifMatch`. @param column the column that counts the changes of a row */
export function addEtag(type: RowRef, column: 'revision' | 'version' = 'revision'): void {
  builder.objectField(type, 'etag', (t) =>
    t.string({
      description:
        'An opaque value that changes whenever the object itself changes. Give it as `ifMatch`, so that a mutation does not overwrite what others have changed since you read the object.',
      ...needs('id', column),
      resolve: (row) => {
        const { id, [column]: revision } = row as { id: string; revision: number; version: number };
        return etagOf(id, revision);
      },
    }),
  );
}

/** Adds `deletedAt` and `purgesAt`, for objects that are first marked as deleted and removed later. */
export function addDeletedAt(type: RowRef): void {
  builder.objectFields(type, (t) => ({
    deletedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was deleted; null while it exists.',
      ...needs('deletedAt'),
      resolve: (row) => (row as { deletedAt: Date | null }).deletedAt,
    }),
    purgesAt: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'When it will be removed for good. Until then, `undelete` brings it back. Null while it exists.',
      ...needs('deletedAt'),
      resolve: (row, _args, { gateway }) => {
        const { deletedAt } = row as { deletedAt: Date | string | null };
        return deletedAt === null
          ? null
          : new Date(new Date(deletedAt).getTime() + gateway.deletedRetentionMs);
      },
    }),
  }));
}

/** The maximum of a name, which `checkName` refuses. */
export const nameLimit = { maxLength: nameLength, checkedBy: 'VERB' } as const;

/** The maximum of a state id suffix, which `checkSuffix` refuses. */
export const suffixLimit = { maxLength: suffixLength, checkedBy: 'VERB' } as const;

/** The maxima of labels, which `checkLabels` refuses. */
export const labelLimits = { maxEntries: maxLabels, maxLength: labelLength } as const;

export const EnvironmentVariable = builder.objectRef<StoredVariable>('EnvironmentVariable').implement({
  description: 'An environment variable that is given to a run.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name of the variable.' }),
    value: t.string({
      nullable: true,
      description: 'Its value; null when it is sensitive.',
      resolve: ({ value, sensitive }) => (sensitive ? null : value),
    }),
    isSensitive: t.exposeBoolean('sensitive', {
      description:
        'Whether readers never see the value: it belongs to a sensitive setting of a plugin, or it looks like a secret.',
    }),
  }),
});

/** The fields of every input that gives a variable. */
export const variableFields = (t: InputFields) => ({
  name: t.string({
    required: true,
    maxLength: variableLimits.nameLength,
    checkedBy: 'VERB',
    description: 'Name of the variable: letters, digits and `_`; the first character is not a digit.',
  }),
  value: t.string({
    required: true,
    maxLength: variableLimits.valueLength,
    checkedBy: 'VERB',
    description: 'Value of the variable.',
  }),
});

export const EnvironmentVariableInput = builder.inputType('EnvironmentVariableInput', {
  description: 'An environment variable to give to a run.',
  fields: variableFields,
});
