import { applyProject } from '../../domain/projects/apply-project.ts';
import { planProject } from '../../domain/projects/plan-project.ts';
import type { ProjectPlan } from '../../domain/projects/manifest-to-apply.ts';
import { exportProject } from '../../domain/projects/export-project.ts';
import { manifestLimits, maxManifestLength } from '../../domain/mirror/project-source.ts';
import { mutationTarget } from '../../domain/rules/mutation-target.ts';
import { Busy, Conflict, InvalidInput, NotFound } from '../../errors.ts';
import { builder } from '../builder.ts';
import { ManifestFindingType } from './manifest.ts';
import { parseJson } from '../../lib/event-loop/parse-json.ts';
import { turnByTurn } from '../../lib/event-loop/slices.ts';
import type { PlannedChange } from '../../domain/projects/project-plan.ts';
import { PlannedChangeType } from './planned-change.ts';
import { Project } from './project.ts';
import { rowById } from '../find-row.ts';
import { shown } from '../maxima/maxima.ts';
import { addResult, inputFields, type InputFields } from '../verb.ts';
import { idOrPath } from '../naming/references.ts';

const ProjectPlanType = builder.objectRef<ProjectPlan>('ProjectPlan').implement({
  description: 'What a `meltano.yml` would change in a project.',
  fields: (t) => ({
    etag: t.exposeString('etag', {
      description: 'Identifies exactly this plan. Give it to `applyProject` as `planEtag`.',
    }),
    changes: t.field({
      type: [PlannedChangeType],
      description:
        'The objects that change: first those that are created, then those that are changed, then those that are deleted. Each group is ordered by type and name.',
      resolve: async ({ changes }) => turnByTurn((await parseJson(changes)) as PlannedChange[]),
    }),
    changedSecrets: t.exposeStringList('changedSecrets', {
      description:
        'Where the value of a secret changes in the `meltano.yml` of a managed project, such as `plugins.extractors.tap-shop.config.password`. The values are not shown.',
    }),
    findings: t.field({
      type: [ManifestFindingType],
      description:
        'What is unusual in the `meltano.yml`, as `ProjectManifest.findings` says it, and what the project cannot take from it.',
      resolve: ({ findings }) => findings.map((one) => ({ severity: 'WARNING' as const, ...one })),
    }),
  }),
});

const project = (t: InputFields) => t.id({ required: true, description: idOrPath('Project') });

const source = (t: InputFields) => ({
  project: project(t),
  text: t.string({
    maxLength: maxManifestLength,
    description: `A \`meltano.yml\`. The text \`(redacted)\` in it stands for the current value in a managed project. It may stand for at most ${shown(manifestLimits.objects)} objects: environments, plugins, and the jobs and schedules of each environment.`,
  }),
  file: t.string({
    description:
      "A file to read in place of `text`. Its path is relative to the project's directory, such as `meltano.next.yml`.",
  }),
  prune: t.boolean({
    description:
      'Whether to delete what the project has and the `meltano.yml` does not have. False when absent.',
  }),
});

addResult({
  name: 'planProject',
  description:
    "Shows what a `meltano.yml` would change in a project, field by field. It changes nothing. Without `text` and `file` it reads the project's own files, which only an imported project has. Objects are matched by their names.",
  input: inputFields(source),
  type: builder.objectRef<ProjectPlan>('PlanProjectSuccess').implement({
    description: 'What `planProject` answers when it succeeds.',
    fields: (t) => ({
      plan: t.field({ type: ProjectPlanType, description: 'The plan.', resolve: (plan) => plan }),
    }),
  }),
  refusals: [NotFound, InvalidInput],
  resolve: planProject,
});

addResult({
  name: 'applyProject',
  description: [
    'Changes a project so that it matches a `meltano.yml`. It does exactly what `planProject` showed for the same input, in one transaction. If something has changed since, the answer is a `Conflict` with the etag of a new plan.',
    'A managed project gets this `meltano.yml` as its own. For an imported project give neither `text` nor `file`: its files are read as they are now.',
    'Refused when something would be deleted while one of its runs has not ended.',
  ].join('\n\n'),
  input: inputFields((t) => ({
    ...source(t),
    planEtag: t.string({ required: true, description: 'The `etag` of the plan to apply.' }),
  })),
  type: builder.objectRef<ProjectPlan & { projectId: string }>('ApplyProjectSuccess').implement({
    description: 'What `applyProject` answers when it succeeds.',
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
  target: (db, input) => mutationTarget(db, 'Project', input.project, ['input', 'project']),
  resolve: applyProject,
});

addResult({
  name: 'exportProject',
  description: [
    "Returns a project's `meltano.yml` as one file. It contains all changes made through this API, and comments are kept. Loading it gives what this API shows. Secrets are redacted, see `ProjectManifest`. Nothing is changed.",
    'When such a file cannot express something, such as a job that differs between environments, the answer is a `Conflict`. `Project.manifest` then still gives the rest.',
  ].join('\n\n'),
  input: inputFields((t) => ({ project: project(t) })),
  type: builder.objectRef<{ projectId: string; text: string }>('ExportProjectSuccess').implement({
    description: 'What `exportProject` answers when it succeeds.',
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
