import type { StoredVariable } from '../domain/environment-variables.ts';
import { createdAt } from '../store/sources.ts';
import { builder } from './builder.ts';
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
