import type { PlannedChange } from '../domain/plan-project.ts';
import type { DocumentChange } from '../domain/state-diff.ts';
import { builder } from './builder.ts';

const PlannedAction = builder.enumType('PlannedAction', {
  description: 'What becomes of an object.',
  values: {
    CREATE: { description: 'It is made.' },
    UPDATE: { description: 'It is changed.' },
    DELETE: { description: 'It is deleted.' },
  } as const,
});

const PlannedType = builder.enumType('PlannedType', {
  description: 'What kind of object a `meltano.yml` changes.',
  values: {
    PROJECT: { description: 'The project itself.' },
    ENVIRONMENT: { description: 'An environment.' },
    PLUGIN: { description: 'A plugin.' },
    JOB: { description: 'A job of an environment.' },
    SCHEDULE: { description: 'A schedule of an environment.' },
  } as const,
});

const FieldChange = builder.objectRef<DocumentChange>('FieldChange').implement({
  description: 'A value of an object before and after.',
  fields: (t) => ({
    path: t.exposeString('path', {
      description:
        'Which value: a JSON pointer (RFC 6901) that begins with the name of the field, such as `/tasks/0` or `/settings/path/value`.',
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
      description: 'The value after; null when there is none any more.',
      resolve: ({ after }) => (after === null ? null : (JSON.parse(after) as unknown)),
    }),
  }),
});

/** One object of a plan. */
export const PlannedChangeType = builder.objectRef<PlannedChange>('PlannedChange').implement({
  description: 'What becomes of one object.',
  fields: (t) => ({
    action: t.expose('action', { type: PlannedAction, description: 'What becomes of it.' }),
    type: t.expose('type', { type: PlannedType, description: 'What kind of object it is.' }),
    objectId: t.exposeID('id', { nullable: true, description: 'Its id; null for one that is made.' }),
    name: t.exposeString('name', {
      description: 'Its path, such as `project/environment/job`; of a plugin its type and name.',
    }),
    changes: t.field({
      type: [FieldChange],
      description: 'Field by field, secrets left out; at most 500.',
      resolve: ({ changes }) => changes,
    }),
  }),
});
