import {
  manifestViews,
  type ManifestFinding,
  type ManifestView,
} from '../../domain/projects/manifest-view.ts';
import { JsonText } from '../../lib/event-loop/json-text.ts';
import { builder } from '../builder.ts';
import { needs } from '../../reading/selection.ts';
import { perRequest } from '../per-request.ts';
import { Project } from './project.ts';

const FindingSeverity = builder.enumType('ManifestFindingSeverity', {
  description: "How serious a finding in a project's files is.",
  values: {
    ERROR: {
      description: 'Meltano cannot load the file, or the file does not describe the project as it is.',
    },
    WARNING: { description: 'Meltano loads the file, but does something unexpected.' },
    ADVICE: {
      description:
        "Meltano loads the file, but Meltano's JSON schema, which editors use, rejects it. Often it is a typing mistake. Known differences between schema and loader are not reported. At most 100 of them are listed.",
    },
  } as const,
});

/** A finding in a project's files. */
export const ManifestFindingType = builder.objectRef<ManifestFinding>('ManifestFinding').implement({
  description: "Something wrong or unusual in a project's files.",
  fields: (t) => ({
    severity: t.expose('severity', { type: FindingSeverity, description: 'How serious it is.' }),
    file: t.exposeString('file', { description: "The file, relative to the project's directory." }),
    line: t.exposeInt('line', { description: 'The line, from 1.' }),
    message: t.exposeString('message', { description: 'What is wrong, and what to do.' }),
  }),
});

const ProjectManifest = builder.objectRef<ManifestView>('ProjectManifest').implement({
  description:
    "A project's `meltano.yml` as one file, with all changes made through this API. Secrets are redacted: values of sensitive settings, values whose names look like secrets, and passwords in addresses. Comments are shown unchanged.",
  fields: (t) => ({
    text: t.exposeString('text', {
      nullable: true,
      description:
        "The file. What it cannot express is left out and listed in `findings`. Null when the project's files cannot be read.",
    }),
    json: t.field({
      type: 'JSON',
      nullable: true,
      description:
        'The same as a JSON value. Aliases are resolved, and numbers and booleans are read as Meltano reads them. Null when `text` is null.',
      resolve: ({ json }) => (json === null ? null : new JsonText(json)),
    }),
    findings: t.field({
      type: [ManifestFindingType],
      description:
        "What is wrong or unusual in the file, the most serious first: what Meltano's loader refuses or misreads, and as ADVICE what the JSON schema of the Meltano in use rejects. Known differences between schema and loader are left out.",
      resolve: ({ findings }) => findings,
    }),
  }),
});

const manifests = perRequest<string, ManifestView>(
  async ({ gateway }, ids) => {
    const views = await manifestViews(gateway, await gateway.db.projects.byIds(ids));
    return ids.map((id) => views.get(id) ?? { text: null, json: null, findings: [] });
  },
  (id) => id,
);

builder.objectField(Project, 'manifest', (t) =>
  t.field({
    type: ProjectManifest,
    description: 'Its `meltano.yml`: as text, as JSON, and with what is wrong in it.',
    ...needs('id'),
    resolve: ({ id }, _args, context) => manifests(context, id),
  }),
);
