import { deleteProject } from '../../domain/project.ts';
import { subjectOf } from '../../domain/subject.ts';
import { Busy, Conflict, InvalidInput, NotFound } from '../../errors.ts';
import { Project } from '../project.ts';
import { force } from './force.ts';
import { addVerb, inputFields } from './verb.ts';

addVerb({
  name: 'deleteProject',
  description:
    'Deletes a project: it disappears from lists and names, and at its `purgeTime` is removed for good, with its runs and states; `undelete` brings it back. Its files are left alone. A gateway that is started for its directory does not serve it until then, and imports it anew after that. Refused while a run of it has not ended, and while there is something in it, unless `force`.',
  input: inputFields((t) => ({
    project: t.id({ required: true, description: 'Id or path (its name) of the project.' }),
    force: force(t, 'its environments, plugins, jobs, schedules and services'),
  })),
  success: {
    field: 'project',
    node: Project,
    table: 'Project',
    description: 'The deleted project, with its `deleteTime`.',
  },
  refusals: [NotFound, InvalidInput, Conflict, Busy],
  subject: (db, { project }) => subjectOf(db, 'Project', project, ['input', 'project']),
  verb: deleteProject,
});
