import { Conflict, InvalidInput } from '../errors.ts';
import { openDocument, type ManifestDocument } from '../manifest/document.ts';
import { valuesIn } from '../manifest/document-values.ts';
import type { Finding } from '../manifest/manifest.ts';
import { readProjectFile } from '../manifest/read-manifest.ts';
import type { Project, Statements } from '../store/index.ts';
import { foldedDocument, replaceManifest } from './edit-manifest.ts';
import { refuseUnfinished } from './deletion.ts';
import { digestOfFiles } from './import-project.ts';
import { mirrorManifest } from './mirror-manifest.ts';
import { changesBetween, planEtag, snapshot, type PlannedChange } from './plan-project.ts';
import { readGiven } from './project-source.ts';
import { isSecretIn } from './redact-manifest.ts';
import { findAndHoldProject } from './references.ts';
import type { Services } from './services.ts';

/** A manifest that a project is to be brought in line with. */
export interface ManifestInput {
  /** Id or path of the project. */
  project: string;
  /** The text of a `meltano.yml`. */
  text?: string | null | undefined;
  /** A file in the project's directory, relative to it. */
  file?: string | null | undefined;
  /** Whether to delete what the manifest does not have. */
  prune?: boolean | null | undefined;
}

/** What applying a manifest would change. */
export interface ProjectPlan {
  etag: string;
  changes: PlannedChange[];
  /** Places in `meltano.yml` where the value of a secret changes, which no change shows. */
  changedSecrets: string[];
  findings: Finding[];
}

/**
 * Says what applying a manifest would change, and changes nothing: it is applied, and taken back.
 *
 * @throws NotFound, InvalidInput
 */
export async function planProject({ store }: Services, input: ManifestInput): Promise<ProjectPlan> {
  return store.transaction(async (tx) => {
    const project = await findAndHoldProject(tx, input.project, ['input', 'project'], 'EXCLUSIVE');
    const text = await textToApply(project, input);
    return tx.withoutEffect(() => apply(tx, project, text, input));
  });
}

/**
 * Does what `planProject` said, and nothing else.
 *
 * @throws NotFound, InvalidInput; Conflict when it would change something else by now, and for an imported project
 *   that is to get another `meltano.yml` than its own
 */
export async function applyProject(
  { store }: Services,
  input: ManifestInput & { planEtag: string },
): Promise<ProjectPlan & { projectId: string }> {
  return store.transaction(async (tx) => {
    const project = await findAndHoldProject(tx, input.project, ['input', 'project'], 'EXCLUSIVE');
    if (project.manifestMode === 'READ_ONLY' && (input.text ?? input.file) != null) {
      throw new Conflict(
        'The project is imported: the gateway does not write its meltano.yml. Change that file, and apply it by giving neither `text` nor `file`.',
        ['input', input.text == null ? 'file' : 'text'],
      );
    }
    const plan = await apply(tx, project, await textToApply(project, input), input);
    if (plan.etag !== input.planEtag) {
      throw new Conflict(
        'Applying it would change something else by now than what was planned. Plan again, and look at the changes.',
        ['input', 'planEtag'],
        plan.etag,
      );
    }
    return { ...plan, projectId: project.id };
  });
}

/** The text to apply; null for the files of an imported project. */
async function textToApply(project: Project, input: ManifestInput): Promise<string | null> {
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

async function apply(
  tx: Statements,
  project: Project,
  text: string | null,
  { prune }: ManifestInput,
): Promise<ProjectPlan> {
  const path = ['input', 'text'];
  const match = { prune: prune ?? false };
  const isManaged = project.manifestMode === 'MANAGED';
  const before = await snapshot(tx, project.id);
  const former = isManaged ? await foldedDocument(tx, project) : null;
  const manifest = await readGiven(project.directory, text, path);
  const { findings } =
    isManaged && text !== null
      ? await replaceManifest(tx, project, text, path, match)
      : await mirrorManifest(tx, project.id, manifest, match);
  if (text === null) await tx.updateProject(project.id, { manifestDigest: digestOfFiles(manifest) });
  const changes = changesBetween(before, await snapshot(tx, project.id));
  if (changes.some(({ action }) => action === 'DELETE')) {
    await refuseUnfinished(tx, 'Project', project.id, ['input', 'prune']);
  }
  const changedSecrets =
    former === null
      ? []
      : secretsThatDiffer(former, openDocument(await tx.manifestText(project.id)), isSecretIn(manifest));
  const etag = planEtag([changes, changedSecrets, text ?? digestOfFiles(manifest)]);
  return { etag, changes, changedSecrets, findings };
}

function secretsThatDiffer(
  before: ManifestDocument,
  after: ManifestDocument,
  isSecret: (place: readonly string[]) => boolean,
): string[] {
  const secrets = (document: ManifestDocument): Map<string, string> =>
    new Map(
      valuesIn(document)
        .filter(({ place }) => isSecret(place))
        .map(({ place, text: value }) => [place.join('.'), value]),
    );
  const [former, present] = [secrets(before), secrets(after)];
  return [...new Set([...former.keys(), ...present.keys()])].filter(
    (place) => former.get(place) !== present.get(place),
  );
}
