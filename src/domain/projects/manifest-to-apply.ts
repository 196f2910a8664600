import { InvalidInput } from '../../errors.ts';
import { openDocument, type ManifestDocument } from '../../manifest/yaml/document.ts';
import { placeKey, printPlace, valuesIn, type Step } from '../../manifest/yaml/document-values.ts';
import type { Finding } from '../../manifest/manifest.ts';
import { byThread } from '../../lib/event-loop/threads.ts';
import { hostName } from '../../lib/processes/machine.ts';
import { readProjectFile } from '../../manifest/read-manifest.ts';
import type { Project, Statements } from '../../store/index.ts';
import { foldedDocument, replaceManifest } from '../mirror/edit-manifest.ts';
import type { Match } from '../mirror/match-rows.ts';
import { mirrorManifest } from '../mirror/mirror-manifest.ts';
import { givenManifest, isLargeManifest, manifestIn, type ReadManifest } from '../mirror/read-manifests.ts';
import {
  changesBetween,
  planEtag,
  projectRows,
  type PlannedChange,
  type ProjectRows,
} from './project-plan.ts';
import { findingsIn } from '../mirror/project-findings.ts';
import { isSecretIn } from '../secrets/redact-manifest.ts';

/** A manifest to apply to a project. */
export interface ManifestInput {
  /** Id or path of the project. */
  project: string;
  /** The text of a `meltano.yml`. */
  text?: string | null | undefined;
  /** A file in the project's directory, relative to it. */
  file?: string | null | undefined;
  /** Whether to delete objects that the manifest does not have. */
  prune?: boolean | null | undefined;
}

/** What applying a manifest would change. */
export interface ProjectPlan {
  etag: string;
  /** A list of `PlannedChange`, as JSON text: there may be many. */
  changes: string;
  /** Where in `meltano.yml` the value of a secret changes. `changes` does not show these. */
  changedSecrets: string[];
  /** What is unusual in the manifest, and what could not be applied. */
  findings: Finding[];
  /** Whether objects are deleted. */
  deletes: boolean;
}

/** The text to apply; null to apply the own files of an imported project. @throws InvalidInput */
export async function textToApply(project: Project, input: ManifestInput): Promise<string | null> {
  const { text, file } = input;
  const path = ['input', file == null ? 'text' : 'file'];
  if (text != null && file != null) {
    throw new InvalidInput([{ path, code: 'ONE_OF', message: 'Give either `text` or `file`, not both.' }]);
  }
  const given = file == null ? text : await readProjectFile(project.directory, file);
  if (given == null) {
    if (project.manifestMode === 'MANAGED' || file != null) {
      const message =
        file == null
          ? 'The project has no files of its own: give a `text` or a `file`.'
          : `The project's directory has no file ${JSON.stringify(file)} that can be read as text.`;
      throw new InvalidInput([{ path, code: 'MISSING', message }]);
    }
    return null;
  }
  return given;
}

export async function applyManifest(
  tx: Statements,
  project: Project,
  text: string | null,
  { prune }: ManifestInput,
): Promise<ProjectPlan> {
  const path = ['input', 'text'];
  const isManaged = project.manifestMode === 'MANAGED';
  // The own files of an imported project are taken over by the rule of its imports.
  const match: Match = { by: text === null ? 'KEY' : 'NAME', prune: prune ?? false, ofApi: isManaged };
  const before = await projectRows(tx, project);
  const former = isManaged ? await tx.projects.manifestText(project.id) : null;
  const manifest = await givenManifest(project.directory, text, path);
  const { findings } =
    isManaged && text !== null
      ? await replaceManifest(tx, project, text, path, match)
      : await mirrorManifest(tx, project.id, manifest, match);
  if (text === null) {
    await tx.projects.update(project.id, {
      manifestDigest: findings.length === 0 ? manifest.digest : null,
      filesDigest: manifest.filesDigest,
      importedHost: hostName(),
    });
  }
  const after = await projectRows(tx, project);
  const own = former === null ? null : { former, present: await tx.projects.manifestText(project.id) };
  const { warnings, ...plan } = await planOf(before, after, own, manifest, text);
  return { ...plan, findings: [...warnings, ...findings] };
}

/**
 * What was changed.
 *
 * @param own the `meltano.yml` of a managed project, as it was and as it is
 * @param manifest the manifest that was applied
 * @param text its text; null when the project's own files were applied
 */
const planOf = byThread(
  'planOf',
  async (
    before: ProjectRows,
    after: ProjectRows,
    own: { former: string; present: string } | null,
    manifest: ReadManifest,
    text: string | null,
  ): Promise<Omit<ProjectPlan, 'findings'> & { warnings: Finding[] }> => {
    const changes: PlannedChange[] = changesBetween(before, after);
    const { directory } = before.project;
    const said = manifestIn(manifest);
    const changedSecrets = own
      ? secretsThatDiffer(
          await foldedDocument({ directory, text: own.former, stored: before.stored }),
          openDocument(own.present),
          isSecretIn(said),
        )
      : [];
    return {
      etag: planEtag([changes, changedSecrets, text ?? manifest.digest]),
      changes: JSON.stringify(changes),
      changedSecrets,
      warnings: findingsIn(said),
      deletes: changes.some(({ action }) => action === 'DELETE'),
    };
  },
  { isLarge: (before, after, _own, { json }) => isLargeManifest('', json + before.stored + after.stored) },
);

function secretsThatDiffer(
  before: ManifestDocument,
  after: ManifestDocument,
  isSecret: (place: readonly Step[]) => boolean,
): string[] {
  const secrets = (document: ManifestDocument) =>
    new Map(
      valuesIn(document, { aliases: true })
        .filter(({ place }) => isSecret(place))
        .map((value) => [placeKey(value.place), value]),
    );
  const [former, present] = [secrets(before), secrets(after)];
  const differing = [...new Map([...former, ...present])].filter(
    ([key]) => former.get(key)?.text !== present.get(key)?.text,
  );
  return differing.map(([, { place }]) => printPlace(place));
}
