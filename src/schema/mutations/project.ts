import { createProject } from '../../domain/create-project.ts';
import { deleteProject, updateProject } from '../../domain/project.ts';
import { maxManifestLength } from '../../domain/project-source.ts';
import { subjectOf } from '../../domain/subject.ts';
import { AlreadyExists, Busy, Conflict, InvalidInput, NotFound } from '../../errors.ts';
import { Project } from '../project.ts';
import { force } from './force.ts';
import { envField } from './plugin-values.ts';
import { addVerb, inputFields } from './verb.ts';

addVerb({
  name: 'createProject',
  description:
    'Makes a managed project: its `meltano.yml` is kept by the gateway, changed through this API, and written to a directory of its own whenever a run needs it. (A project whose files are elsewhere is imported by a start of the gateway with `--project`.) Install its plugins with `installPlugins`.',
  input: inputFields((t) => ({
    name: t.string({
      required: true,
      description:
        'Name, unique in the gateway: 1 to 128 characters, without `/`, `:` and blanks, not beginning with `-`.',
    }),
    text: t.string({
      description: `A \`meltano.yml\` to begin with, at most ${maxManifestLength} characters; an empty project when absent. It includes no other files.`,
    }),
  })),
  success: { field: 'project', node: Project, table: 'Project', description: 'The new project.' },
  refusals: [InvalidInput, AlreadyExists],
  verb: createProject,
});

addVerb({
  name: 'updateProject',
  description:
    'Changes those fields of a managed project that are given; `moveResource` renames it. A `Conflict` for an imported project, whose `meltano.yml` the gateway does not write.',
  input: inputFields((t) => ({
    project: t.id({ required: true, description: 'Id or path (its name) of the project.' }),
    defaultEnvironment: t.string({
      description: 'Name of the environment that Meltano takes when none is named; null for none.',
    }),
    requiresMeltano: t.string({
      description: 'The version of Meltano that it asks for, a PEP 440 specifier; null for any.',
    }),
    env: envField(t),
  })),
  success: { field: 'project', node: Project, table: 'Project', description: 'The project as it is now.' },
  refusals: [NotFound, InvalidInput, Conflict],
  subject: (db, { project }) => subjectOf(db, 'Project', project, ['input', 'project']),
  verb: updateProject,
});

addVerb({
  name: 'deleteProject',
  description:
    'Deletes a project: it disappears from lists and names, and at its `purgeTime` is removed for good, with its runs and states; `undelete` brings it back. The files of an imported project are left alone, those of a managed one go at its `purgeTime`. A gateway that is started for its directory does not serve it until then, and imports it anew after that. Refused while a run of it has not ended, and while there is something in it, unless `force`.',
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
