import { deletePlugin } from '../../domain/delete-plugin.ts';
import { subjectOf } from '../../domain/subject.ts';
import { Busy, Conflict, InvalidInput, NotFound } from '../../errors.ts';
import { Plugin } from '../plugin.ts';
import { addVerb, inputFields } from './verb.ts';

addVerb({
  name: 'deletePlugin',
  description:
    'Deletes a plugin: it disappears from lists, and block lists can no longer name it; `undelete` brings it back until its `purgeTime`. Refused while a run that uses it has not ended, and while jobs, schedules, services or other plugins name it, unless `force`. `meltano.yml` of an imported project is not written, and later imports leave the plugin deleted until its definition there changes.',
  input: inputFields((t) => ({
    plugin: t.id({ required: true, description: 'Id of the plugin.' }),
    force: t.boolean({
      description:
        'Delete it although jobs, schedules or plugins name it. These stay as they are; a job that names it cannot be run until it is back. When absent or false, the mutation is refused with a `Conflict` that says how many there are.',
    }),
  })),
  success: {
    field: 'plugin',
    node: Plugin,
    table: 'Plugin',
    description: 'The deleted plugin, with its `deleteTime`.',
  },
  refusals: [NotFound, InvalidInput, Conflict, Busy],
  subject: (db, { plugin }) => subjectOf(db, 'Plugin', plugin, ['input', 'plugin']),
  verb: deletePlugin,
});
