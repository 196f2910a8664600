import { createProject } from '../../domain/projects/create-project.ts';
import { deleteProject } from '../../domain/projects/delete-project.ts';
import { updateProject } from '../../domain/projects/update-project.ts';
import { manifestLimits, maxManifestLength } from '../../domain/mirror/project-source.ts';
import { mutationTarget } from '../../domain/rules/mutation-target.ts';
import { AlreadyExists, Busy, Conflict, InvalidInput, NotFound } from '../../errors.ts';
import { NewProjectSource, ProjectSourceChange } from './git-source-input.ts';
import { Project } from './project.ts';
import { force } from '../lifecycle/force.ts';
import { envField } from '../plugins/plugin-values.ts';
import { nameLimit } from '../fields.ts';
import { shown } from '../maxima/maxima.ts';
import { addUpdate, addVerb, inputFields } from '../verb.ts';
import { idOrPath } from '../naming/references.ts';

addVerb({
  name: 'createProject',
  description: [
    "Creates a managed project. The gateway keeps its `meltano.yml`, and this API changes it. When a run needs the file, the gateway writes it to a directory of its own. Install the project's plugins with `installPlugins`.",
    'With a `source`, the project comes from a Git repository: it is empty at first, and soon as the `meltano.yml` of the commit says. `Project.source` tells how far that is. Such a project is READ_ONLY, and changes by commits: see `syncProject`.',
    'This is not for a project whose files you keep yourself in a directory. Such a project is imported: start the gateway with `--project`.',
  ].join('\n\n'),
  input: inputFields((t) => ({
    name: t.string({
      required: true,
      ...nameLimit,
      description:
        'Name of the project, unique in the gateway: not empty, without `/`, `:` and blanks; the first character is not `-`.',
    }),
    text: t.string({
      maxLength: maxManifestLength,
      description: `A \`meltano.yml\` to start with. It cannot include other files. When absent, the project is empty. It may stand for at most ${shown(manifestLimits.objects)} objects: environments, plugins, and the jobs and schedules of each environment.`,
    }),
    source: t.field({
      type: NewProjectSource,
      description: 'The Git repository that the project comes from, in place of `text`.',
    }),
  })),
  success: { field: 'project', node: Project, table: 'Project', description: 'The new project.' },
  refusals: [InvalidInput, AlreadyExists],
  verb: createProject,
});

addUpdate({
  name: 'updateProject',
  description:
    'Changes the given fields of a managed project, or the source of a project that comes from a Git repository, which is then looked at soon. `moveResource` renames it. Refused as a `Conflict` for an imported project.',
  input: inputFields((t) => ({
    project: t.id({ required: true, description: idOrPath('Project') }),
    defaultEnvironment: t.string({
      description: 'Name of the environment that Meltano uses when a command names none. Null removes it.',
    }),
    requiresMeltano: t.string({
      description:
        'The versions of Meltano that the project allows, as a PEP 440 specifier. Null allows every version.',
    }),
    env: envField(t),
    source: t.field({
      type: ProjectSourceChange,
      description: 'What changes of the Git repository that the project comes from.',
    }),
  })),
  success: { field: 'project', node: Project, table: 'Project', description: 'The project as it is now.' },
  refusals: [NotFound, InvalidInput, Conflict],
  target: (db, { project }) => mutationTarget(db, 'Project', project, ['input', 'project']),
  verb: updateProject,
});

addVerb({
  name: 'deleteProject',
  description: [
    'Deletes a project. Lists and paths no longer show it. At its `purgesAt` it is removed for good, with its runs and states. Until then, `undelete` brings it back.',
    'The files of an imported project are never removed. The files of a managed project are removed at its `purgesAt`. A gateway that is started for the directory of a deleted project does not serve the project until the `purgesAt`. After that it imports the project as a new one.',
    'Refused while a run of the project has not ended. Also refused while the project contains something, unless `force` is true.',
  ].join('\n\n'),
  input: inputFields((t) => ({
    project: t.id({ required: true, description: idOrPath('Project') }),
    force: force(t, 'its environments, plugins, jobs, schedules and services'),
  })),
  success: {
    field: 'project',
    node: Project,
    table: 'Project',
    description: 'The deleted project, with its `deletedAt`.',
  },
  refusals: [NotFound, InvalidInput, Conflict, Busy],
  target: (db, { project }) => mutationTarget(db, 'Project', project, ['input', 'project']),
  verb: deleteProject,
});
