import type { PlannedChange } from '../../domain/projects/project-plan.ts';
import type { DocumentChange } from '../../domain/states/documents/state-diff.ts';
import { builder } from '../builder.ts';
import { ResourceType } from '../enums.ts';

const PlannedAction = builder.enumType('PlannedAction', {
  description: 'What happens to an object.',
  values: {
    CREATE: { description: 'It is created.' },
    UPDATE: { description: 'It is changed.' },
    DELETE: { description: 'It is deleted.' },
  } as const,
});

const FieldChange = builder.objectRef<DocumentChange>('FieldChange').implement({
  description: 'A value of an object, before and after the change.',
  fields: (t) => ({
    path: t.exposeString('path', {
      description:
        'The value that changes, as a JSON pointer (RFC 6901). It begins with the name of the field, such as `/tasks/0` or `/settings/path/value`.',
    }),
    before: t.field({
      type: 'JSON',
      nullable: true,
      description: 'The value before; null when there was none.',
      resolve: ({ before }) => (before === null ? null : (JSON.parse(before) as unknown)),
    }),
    after: t.field({
      type: 'JSON',
      nullable: true,
      description: 'The value after; null when it is removed.',
      resolve: ({ after }) => (after === null ? null : (JSON.parse(after) as unknown)),
    }),
  }),
});

/** One object of a plan. */
export const PlannedChangeType = builder.objectRef<PlannedChange>('PlannedChange').implement({
  description: 'What happens to one object.',
  fields: (t) => ({
    action: t.expose('action', { type: PlannedAction, description: 'What happens to it.' }),
    type: t.expose('type', { type: ResourceType, description: 'Type of the object.' }),
    objectId: t.exposeID('id', { nullable: true, description: 'Its id; null when it is created.' }),
    name: t.exposeString('name', {
      description: 'Its path, such as `project/environment/job`. For a plugin: its type and name.',
    }),
    changes: t.field({
      type: [FieldChange],
      description: 'The changes, field by field, at most 500. Secrets are left out.',
      resolve: ({ changes }) => changes,
    }),
  }),
});
