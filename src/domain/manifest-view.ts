import { Conflict } from '../errors.ts';
import { textOfDocument } from '../manifest/document.ts';
import { ManifestError, type Finding } from '../manifest/manifest.ts';
import { plainManifest, readManifest } from '../manifest/read-manifest.ts';
import type { Project, Statements } from '../store/index.ts';
import { foldManifest, storedManifests, type StoredManifest } from './fold-manifest.ts';
import { readSource } from './project-source.ts';
import { redactManifest } from './redact-manifest.ts';
import { findProject } from './references.ts';
import type { Services } from './services.ts';

/** A finding, and how grave it is. */
export type ManifestFinding = Finding & { severity: 'ERROR' | 'WARNING' };

/** A project's `meltano.yml` for readers: with all that the API has changed, and without secrets. */
export interface ManifestView {
  /** Null when the files cannot be read. */
  text: string | null;
  /** The same as a value of JSON. */
  json: unknown;
  findings: ManifestFinding[];
}

/** Reads the manifests of some projects, in five statements. */
export async function manifestViews(
  db: Statements,
  projects: readonly Project[],
): Promise<Map<string, ManifestView>> {
  const ids = projects.map(({ id }) => id);
  const stored = await storedManifests(db, ids);
  const texts = await db.manifestTexts(ids);
  const views = projects.map(async (project): Promise<[string, ManifestView]> => {
    const rows = stored.get(project.id);
    return [project.id, rows ? await viewOf(project, rows, texts.get(project.id)) : unreadable([])];
  });
  return new Map(await Promise.all(views));
}

async function viewOf(
  project: Project,
  rows: StoredManifest,
  own: string | undefined,
): Promise<ManifestView> {
  try {
    const { manifest, document } = await readSource(project.directory, own);
    const leftOut = foldManifest(document, manifest, rows);
    const folded = await readManifest(project.directory, textOfDocument(document));
    redactManifest(document, folded);
    const text = textOfDocument(document);
    return {
      text,
      json: plainManifest(text),
      findings: [
        ...leftOut.map((message) => ({ severity: 'ERROR' as const, file: 'meltano.yml', line: 1, message })),
        ...folded.warnings.map((warning) => ({ severity: 'WARNING' as const, ...warning })),
      ],
    };
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    return unreadable(error.findings);
  }
}

function unreadable(findings: readonly Finding[]): ManifestView {
  return { text: null, json: null, findings: findings.map((one) => ({ severity: 'ERROR', ...one })) };
}

/**
 * Gives a project's `meltano.yml`, which loads to what the API shows of the project.
 *
 * @throws NotFound, InvalidInput; Conflict when there is something that Meltano's files cannot say
 */
export async function exportProject(
  { store }: Services,
  { project }: { project: string },
): Promise<{ projectId: string; text: string }> {
  const path = ['input', 'project'];
  const row = await findProject(store, project, path);
  const view = (await manifestViews(store, [row])).get(row.id) ?? unreadable([]);
  const errors = view.findings.filter(({ severity }) => severity === 'ERROR');
  if (view.text === null || errors.length > 0) {
    const reasons = errors.map(({ message }) => message).join(' ');
    throw new Conflict(`The project cannot be exported whole. ${reasons}`, path);
  }
  return { projectId: row.id, text: view.text };
}
