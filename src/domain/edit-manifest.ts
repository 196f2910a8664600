import { Conflict, InvalidInput } from '../errors.ts';
import { openDocument, settleAliases, textOfDocument, type ManifestDocument } from '../manifest/document.ts';
import type { Project, Statements } from '../store/index.ts';
import { foldManifest, storedManifest } from './fold-manifest.ts';
import type { Match } from './match-by-name.ts';
import { mirrorManifest, type MirrorReport } from './mirror-manifest.ts';
import { readGiven, readSource } from './project-source.ts';
import { restoreSecrets } from './redact-manifest.ts';
import type { StoredRow } from './sync-rows.ts';

/** @throws Conflict when the gateway only reads the project's files */
export function refuseReadOnly({ manifestMode, name }: Project, path: readonly string[]): void {
  if (manifestMode === 'MANAGED') return;
  throw new Conflict(
    `The project ${JSON.stringify(name)} is imported: the gateway reads its meltano.yml and does not write it. Change the file, and take it over with \`applyProject\`.`,
    path,
  );
}

/**
 * Sees to it that a name in the `meltano.yml` of a managed project can be used anew.
 *
 * @param namesakes the rows that had it
 * @param what such as `environment "qa"`
 * @throws Conflict when one of them can still be brought back with what the file says of it
 */
export async function releaseName(
  tx: Statements,
  table: 'Environment' | 'Plugin',
  namesakes: readonly (StoredRow & { id: string })[],
  what: string,
  path: readonly string[],
): Promise<void> {
  const known = namesakes.filter((row) => row.manifestKey !== null && row.manifestDigest !== null);
  // What was removed for good, and is in the file still, is kept with the first of all times.
  if (known.some(({ deleteTime }) => deleteTime !== null && deleteTime.getTime() > 0)) {
    throw new Conflict(
      `The ${what} was deleted and can still be brought back: use \`undelete\`, or another name.`,
      path,
    );
  }
  // Without its digest the row comes back.
  await tx.changeRows(
    table,
    known.map(({ id }) => ({ id, data: { manifestDigest: '' } })),
  );
}

/**
 * Changes the `meltano.yml` of a managed project that is held, and brings its rows in line with it. The text is
 * checked by all of Meltano's rules, so that no change can make a project which Meltano refuses.
 *
 * @param path where in the arguments the reason lies when it does
 * @throws InvalidInput, Conflict
 */
export async function editManifest(
  tx: Statements,
  project: Project,
  path: readonly string[],
  edit: (document: ManifestDocument) => void,
): Promise<MirrorReport> {
  refuseReadOnly(project, path);
  const document = openDocument(await tx.manifestText(project.id));
  edit(document);
  settleAliases(document);
  return replaceManifest(tx, project, textOfDocument(document), path, null);
}

/**
 * Gives a managed project that is held another `meltano.yml`. What is redacted in it stands for the present value, and
 * without a `project_id` it gets one, since Meltano would write one into it.
 *
 * @param path where in the arguments the reason lies when it is refused
 * @throws InvalidInput
 */
export async function replaceManifest(
  tx: Statements,
  { id, directory }: Pick<Project, 'id' | 'directory'>,
  given: string,
  path: readonly string[],
  match: Match | null,
): Promise<MirrorReport> {
  await readGiven(directory, given, path);
  const document = openDocument(given);
  const { yaml } = document;
  if (yaml.has('include_paths')) {
    const message = 'The meltano.yml of a managed project includes no other files; write all into one.';
    throw new InvalidInput([{ path, code: 'BAD_MANIFEST', message }]);
  }
  // The API may have given things other names than the text has.
  const present = [openDocument(await tx.manifestText(id)), await foldedDocument(tx, { id, directory })];
  restoreSecrets(document, present, path);
  if (!yaml.has('project_id')) yaml.set('project_id', id);
  const text = textOfDocument(document);
  await tx.writeManifestText(id, text);
  return mirrorManifest(tx, id, await readGiven(directory, text, path), match);
}

/** A managed project's text with all that the API has changed, secrets included. */
export async function foldedDocument(
  tx: Statements,
  { id, directory }: Pick<Project, 'id' | 'directory'>,
): Promise<ManifestDocument> {
  const { manifest, document } = await readSource(directory, await tx.manifestText(id));
  foldManifest(document, manifest, await storedManifest(tx, id));
  return document;
}
