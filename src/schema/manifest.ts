import { manifestViews, type ManifestFinding, type ManifestView } from '../domain/manifest-view.ts';
import { builder } from './builder.ts';
import { needs } from './columns.ts';
import { perRequest } from './per-request.ts';
import { Project } from './project.ts';

const FindingSeverity = builder.enumType('ManifestFindingSeverity', {
  description: 'How grave a finding in `meltano.yml` is.',
  values: {
    ERROR: { description: 'Meltano cannot load it, or it does not say what the project is.' },
    WARNING: { description: 'Meltano loads it, and does something that surprises.' },
  } as const,
});

/** A finding in a project's files. */
export const ManifestFindingType = builder.objectRef<ManifestFinding>('ManifestFinding').implement({
  description: "Something that is wrong or odd in a project's files.",
  fields: (t) => ({
    severity: t.expose('severity', { type: FindingSeverity, description: 'How grave it is.' }),
    file: t.exposeString('file', { description: "The file, relative to the project's directory." }),
    line: t.exposeInt('line', { description: 'The line, from 1.' }),
    message: t.exposeString('message', { description: 'What is wrong, and what to do.' }),
  }),
});

const ProjectManifest = builder.objectRef<ManifestView>('ProjectManifest').implement({
  description:
    "A project's `meltano.yml`, in one file, with all that was changed through this API. Secrets are redacted: values of sensitive settings, values under names that sound like a secret, passwords in addresses. Comments are kept as they are.",
  fields: (t) => ({
    text: t.exposeString('text', {
      nullable: true,
      description:
        'The file. Null when the files cannot be read. What cannot be written there is left out, and is a finding.',
    }),
    json: t.field({
      type: 'JSON',
      nullable: true,
      description:
        'The same as a JSON value: aliases resolved, numbers and truth values as Meltano reads them.',
      resolve: ({ json }) => json,
    }),
    findings: t.field({
      type: [ManifestFindingType],
      description: 'What is wrong or odd in it, the gravest first.',
      resolve: ({ findings }) => findings,
    }),
  }),
});

const manifests = perRequest<string, ManifestView>(
  async ({ services: { store } }, ids) => {
    const views = await manifestViews(store, await store.projectsById(ids));
    return ids.map((id) => views.get(id) ?? { text: null, json: null, findings: [] });
  },
  (id) => id,
);

builder.objectField(Project, 'manifest', (t) =>
  t.field({
    type: ProjectManifest,
    description: 'Its `meltano.yml`: as text, as JSON, and what is wrong with it.',
    ...needs('id'),
    resolve: ({ id }, _args, context) => manifests(context, id),
  }),
);
