import { syncProject } from '../../domain/projects/source/sync-project.ts';
import { mutationTarget } from '../../domain/rules/mutation-target.ts';
import { Conflict, InvalidInput, NotFound } from '../../errors.ts';
import { builder } from '../builder.ts';
import { idOrPath } from '../naming/references.ts';
import { addVerb, inputFields } from '../verb.ts';
import { Project } from './project.ts';

builder.prismaObject('ProjectSource', {
  fields: (t) => ({
    url: t.exposeString('url'),
    ref: t.exposeString('ref'),
    subdirectory: t.exposeString('subdirectory'),
    credential: t.exposeString('credential', { nullable: true }),
    pushSecret: t.exposeString('pushSecret', { nullable: true }),
    pollSeconds: t.exposeInt('pollSeconds', { nullable: true }),
    commit: t.exposeString('commit', { nullable: true }),
    syncedAt: t.expose('syncedAt', { type: 'DateTime', nullable: true }),
    checkedAt: t.expose('checkedAt', { type: 'DateTime', nullable: true }),
    problem: t.exposeString('problem', { nullable: true }),
    requestedAt: t.expose('requestedAt', { type: 'DateTime', nullable: true }),
  }),
});

builder.prismaObjectField(Project, 'source', (t) =>
  t.readOne('source', {
    description:
      'The Git repository that it comes from. Null for a managed project, and for one that was imported from a directory.',
  }),
);

addVerb({
  name: 'syncProject',
  description: [
    "Has the repository of a project looked at soon, by any gateway or worker. It answers at once, and `Project.source.requestedAt` is set until the look has ended. Then `commit` is the commit that the ref is at, and the project is as that commit's `meltano.yml` says, all in one step; or `problem` says why not, and the project stays as it was. A look that failed is repeated a few times.",
    'Runs that were requested before go on in the files of their own commit.',
  ].join('\n\n'),
  input: inputFields((t) => ({ project: t.id({ required: true, description: idOrPath('Project') }) })),
  success: { field: 'project', node: Project, table: 'Project', description: 'The project as it is now.' },
  refusals: [NotFound, InvalidInput, Conflict],
  target: (db, { project }) => mutationTarget(db, 'Project', project, ['input', 'project']),
  verb: syncProject,
});
