import { deleteProjectFile } from '../../domain/projects/files/delete-project-file.ts';
import { normalPath, pathLimits } from '../../domain/projects/files/file-path.ts';
import { fileLimits } from '../../domain/projects/files/own-files.ts';
import { findProject } from '../../domain/naming/references.ts';
import type { MutationTarget } from '../../domain/rules/mutation-target.ts';
import { putProjectFile } from '../../domain/projects/files/put-project-file.ts';
import { Conflict, InvalidInput, NotFound } from '../../errors.ts';
import type { Statements } from '../../store/index.ts';
import { filters } from '../../store/reading/filters.ts';
import { orders } from '../../store/reading/orders.ts';
import { builder } from '../builder.ts';
import { addEtag, addUpdatedAt } from '../fields.ts';
import { idOrPath } from '../naming/references.ts';
import { shown } from '../maxima/maxima.ts';
import { addUpdate, addVerb, inputFields, type InputFields } from '../verb.ts';
import { Project } from './project.ts';

const ProjectFile = builder.prismaObject('ProjectFile', {
  fields: (t) => ({
    path: t.exposeString('path'),
    text: t.exposeString('text'),
    size: t.exposeInt('size'),
    digest: t.exposeString('digest'),
    isExecutable: t.exposeBoolean('isExecutable'),
  }),
});

addUpdatedAt(ProjectFile);
addEtag(ProjectFile);

builder.prismaObjectFields(Project, (t) => ({
  files: t.readMany('files', {
    description:
      'The files of a managed project beside its `meltano.yml`, ordered by their paths. Empty for an imported project, whose files are not kept.',
    order: builder.readOrder(
      'ProjectFile',
      { PATH: { columns: orders.path, description: 'The path.' } },
      { field: 'PATH', direction: 'ASC' },
    ),
  }),
  file: t.readOneOf('files', {
    description: 'The file of a managed project with that path; null when there is none.',
    args: { path: t.arg.string({ required: true, description: "Its path in the project's directory." }) },
    where: ({ path }: { path: string }) => filters.equals('path', normalPath(path)),
  }),
}));

const place = (t: InputFields) => ({
  project: t.id({ required: true, description: idOrPath('Project') }),
  path: t.string({
    required: true,
    maxLength: pathLimits.length,
    checkedBy: 'VERB',
    description:
      "Path of the file in the project's directory, with `/` between the parts, such as `transform/models/orders.sql`. It has no `..`. Not `meltano.yml`, not `.env`, nothing in `.meltano` or `.git`, and no lock file of a plugin.",
  }),
});

/** The file that a mutation changes; null when there is none yet. */
async function fileTarget(
  db: Statements,
  input: { project: string; path: string },
): Promise<MutationTarget | null> {
  const { id } = await findProject(db, input.project, ['input', 'project']);
  const file = await db.projectFiles.head(id, normalPath(input.path));
  return file && { table: 'ProjectFile', id: file.id };
}

addUpdate({
  name: 'putProjectFile',
  description: [
    `Creates a file of a managed project, or replaces its text. The gateway writes it into the project's directory before the next run, on each machine that executes one. A project has at most ${shown(fileLimits.files)} files with ${shown(fileLimits.total)} bytes together.`,
    'Every reader of the project can read the text. Give secrets to runs with `setProjectEnv`, and not in a file.',
  ].join('\n\n'),
  input: inputFields((t) => ({
    ...place(t),
    text: t.string({
      required: true,
      maxLength: fileLimits.length,
      description: 'The text of the file.',
    }),
    isExecutable: t.boolean({
      description:
        'Whether the file can be started as a program, such as the `executable` of a plugin. When absent, it stays as it is; a new file cannot.',
    }),
  })),
  success: { field: 'file', node: ProjectFile, table: 'ProjectFile', description: 'The file as it is now.' },
  refusals: [NotFound, InvalidInput, Conflict],
  target: fileTarget,
  verb: putProjectFile,
});

addVerb({
  name: 'deleteProjectFile',
  description:
    'Deletes a file of a managed project for good. Before the next run it is also removed from the directory of the project, on each machine that executes one.',
  input: inputFields(place),
  success: { field: 'project', node: Project, table: 'Project', description: 'The project as it is now.' },
  refusals: [NotFound, InvalidInput, Conflict],
  target: fileTarget,
  verb: deleteProjectFile,
});
