import { applyProject, planProject, type ProjectPlan } from '../../domain/apply-project.ts';
import { exportProject } from '../../domain/manifest-view.ts';
import { maxManifestLength } from '../../domain/project-source.ts';
import { subjectOf } from '../../domain/subject.ts';
import { Busy, Conflict, InvalidInput, NotFound } from '../../errors.ts';
import { builder } from '../builder.ts';
import { ManifestFindingType } from '../manifest.ts';
import { PlannedChangeType } from '../planned-change.ts';
import { Project } from '../project.ts';
import { rowById } from '../rows.ts';
import { addResult, inputFields, type InputFields } from './verb.ts';

const ProjectPlanType = builder.objectRef<ProjectPlan>('ProjectPlan').implement({
  description: 'What applying a `meltano.yml` changes in a project.',
  fields: (t) => ({
    etag: t.exposeString('etag', {
      description: 'Stands for exactly this plan; `applyProject` takes it as `planEtag`.',
    }),
    changes: t.field({
      type: [PlannedChangeType],
      description:
        'What is made, then what is changed, then what is deleted, each in the order of types and names.',
      resolve: ({ changes }) => changes,
    }),
    changedSecrets: t.exposeStringList('changedSecrets', {
      description:
        'Places in the `meltano.yml` of a managed project where the value of a secret changes, such as `plugins.extractors.tap-shop.config.password`; the values are not shown.',
    }),
    findings: t.field({
      type: [ManifestFindingType],
      description: 'What cannot be taken over, and why.',
      resolve: ({ findings }) => findings.map((one) => ({ severity: 'WARNING' as const, ...one })),
    }),
  }),
});

const project = (t: InputFields) =>
  t.id({ required: true, description: 'Id or path (its name) of the project.' });

const source = (t: InputFields) => ({
  project: project(t),
  text: t.string({
    description: `A \`meltano.yml\`, at most ${maxManifestLength} characters. What is \`(redacted)\` in it stands for the present value of a managed project.`,
  }),
  file: t.string({
    description:
      "In place of `text`: a file in the project's directory, relative to it, such as `meltano.next.yml`.",
  }),
  prune: t.boolean({
    description:
      'Whether to delete what the project has and the `meltano.yml` does not; otherwise that stays. False when absent.',
  }),
});

addResult({
  name: 'planProject',
  description:
    "Says what applying a `meltano.yml` would change in a project, field by field, and changes nothing. Without `text` and `file` it is about the project's own files, which an imported project alone has. Objects are matched by their names. A verb of its own since its answer is a plan, and not an object.",
  input: inputFields(source),
  type: builder.objectRef<ProjectPlan>('PlanProjectSuccess').implement({
    description: '`planProject` has been done.',
    fields: (t) => ({
      plan: t.field({ type: ProjectPlanType, description: 'The plan.', resolve: (plan) => plan }),
    }),
  }),
  refusals: [NotFound, InvalidInput, Busy],
  resolve: planProject,
});

addResult({
  name: 'applyProject',
  description:
    'Brings a project in line with a `meltano.yml`: does exactly what `planProject` said for the same input, or, when something has changed since, answers a `Conflict` with the etag that a new plan would have. All in one transaction. A managed project has that `meltano.yml` from then on. Of an imported one the files are taken as they are now, and it takes no `text` and no `file`. Refused while a run has not ended, when something is deleted. A verb of its own since it changes many objects in one step.',
  input: inputFields((t) => ({
    ...source(t),
    planEtag: t.string({ required: true, description: 'The `etag` of the plan to carry out.' }),
  })),
  type: builder.objectRef<ProjectPlan & { projectId: string }>('ApplyProjectSuccess').implement({
    description: '`applyProject` has been done.',
    fields: (t) => ({
      project: t.field({
        type: Project,
        description: 'The project as it is now.',
        resolve: ({ projectId }, _args, context, info) => rowById(context, info, 'Project', projectId),
      }),
      plan: t.field({ type: ProjectPlanType, description: 'What was changed.', resolve: (plan) => plan }),
    }),
  }),
  refusals: [NotFound, InvalidInput, Conflict, Busy],
  subject: (db, input) => subjectOf(db, 'Project', input.project, ['input', 'project']),
  resolve: applyProject,
});

addResult({
  name: 'exportProject',
  description:
    "Gives a project's `meltano.yml`, in one file, with all that was changed through this API and comments kept: it loads to what this API shows. Secrets are redacted, see `ProjectManifest`. A `Conflict` when there is something that such a file cannot say, such as a job that is not the same in all environments; `Project.manifest` gives the rest nevertheless. It changes nothing, and is a mutation only so that its refusals are typed.",
  input: inputFields((t) => ({ project: project(t) })),
  type: builder.objectRef<{ projectId: string; text: string }>('ExportProjectSuccess').implement({
    description: '`exportProject` has been done.',
    fields: (t) => ({
      project: t.field({
        type: Project,
        description: 'The project.',
        resolve: ({ projectId }, _args, context, info) => rowById(context, info, 'Project', projectId),
      }),
      text: t.exposeString('text', { description: 'Its `meltano.yml`.' }),
    }),
  }),
  refusals: [NotFound, InvalidInput, Conflict],
  resolve: exportProject,
});
