import { Conflict, InvalidInput } from '../../errors.ts';
import { settleAliases } from '../../manifest/yaml/aliases.ts';
import { openDocument, rootOf, type ManifestDocument } from '../../manifest/yaml/document.ts';
import { setKey } from '../../manifest/yaml/edit-tree.ts';
import { textOfDocument } from '../../manifest/yaml/document-text.ts';
import { byThread } from '../../lib/event-loop/threads.ts';
import type { Project, Statements } from '../../store/index.ts';
import { isInFiles, isPurged, toApplyAgain } from '../lifecycle/row-origin.ts';
import { foldManifest, storedManifest } from './fold-manifest.ts';
import type { Match } from './match-rows.ts';
import { mirrorManifest, storedText, type MirrorReport } from './mirror-manifest.ts';
import { readGiven, readSource } from './project-source.ts';
import { isLargeManifest, readOf, type ReadManifest } from './read-manifests.ts';
import { restoreSecrets } from '../secrets/redact-manifest.ts';
import type { StoredRow } from './sync-rows.ts';

/** Refuses changes of an imported project's files. @throws Conflict when the gateway only reads them */
export function refuseReadOnly({ manifestMode, name }: Project, at: readonly string[]): void {
  if (manifestMode === 'MANAGED') return;
  throw new Conflict(
    `The project ${JSON.stringify(name)} is imported: the gateway reads its meltano.yml and does not write it. Change the file, and take it over with \`applyProject\`.`,
    at,
  );
}

/**
 * Makes a name in the `meltano.yml` of a managed project usable again.
 *
 * @param namesakes the rows that had it
 * @param what such as `environment "qa"`
 * @throws Conflict when one of them can still be brought back with its definition in the file
 */
export async function releaseName(
  tx: Statements,
  table: 'Environment' | 'Plugin',
  namesakes: readonly StoredRow[],
  what: string,
  at: readonly string[],
): Promise<void> {
  const known = namesakes.filter(isInFiles);
  if (known.some((row) => row.deletedAt !== null && !isPurged(row))) {
    throw new Conflict(
      `The ${what} was deleted and can still be brought back: use \`undelete\`, or another name.`,
      at,
    );
  }
  // The next change of the file then brings purged rows back.
  await tx.mirror.change(
    table,
    known.map(({ id }) => ({ id, data: toApplyAgain })),
  );
}

/**
 * Makes a change of the `meltano.yml` of managed projects, which also brings the rows in line with it. The caller of
 * the change has locked the project's row. All of Meltano's rules are checked, so no change can produce a file that
 * Meltano refuses.
 *
 * @param name names the change for threads, which edit large files
 * @param edit edits the file; its further arguments are plain data
 * @returns the change. Its `at` says where in the arguments the reason is, if it is refused. It returns false when the
 *   file was as asked before; it throws InvalidInput, Conflict
 */
export function manifestEdit<Args extends readonly unknown[]>(
  name: string,
  edit: (document: ManifestDocument, ...args: Args) => void,
): (tx: Statements, project: Project, at: readonly string[], ...args: Args) => Promise<boolean> {
  const editOwn = byThread(
    name,
    (own: OwnManifest, ...args: Args): Promise<RewrittenManifest> => {
      const document = openDocument(own.text);
      edit(document, ...args);
      settleAliases(document);
      return rewritten(own, textOfDocument(document));
    },
    { isLarge: (...[{ text, stored }]) => isLargeManifest(text, stored), throws },
  );
  return async (tx, project, at, ...args) => {
    refuseReadOnly(project, at);
    const own = await ownManifest(tx, project, at);
    const edited = await editOwn(own, ...args);
    const isChanged = edited.text !== own.text;
    // Also without a change: a row can be gone that the text still names.
    await write(tx, project, edited, null, isChanged);
    return isChanged;
  };
}

/**
 * Replaces the `meltano.yml` of a managed project. The caller has locked the project's row. Redacted values
 * keep their current value. If the text has no `project_id` it gets one, because Meltano would otherwise
 * write one into the file.
 *
 * @param at where in the arguments the reason is, if the text is refused
 * @throws InvalidInput
 */
export async function replaceManifest(
  tx: Statements,
  project: Pick<Project, 'id' | 'directory'>,
  given: string,
  at: readonly string[],
  match: Match | null,
): Promise<MirrorReport> {
  return write(tx, project, await replaceOwn(await ownManifest(tx, project, at), given), match);
}

/** A managed project's `meltano.yml`, and what the API has changed since it was written. */
interface OwnManifest {
  id: string;
  directory: string;
  /** Its text, including secrets. */
  text: string;
  /** The project's rows, as `tx.mirror.stored` reads them. */
  stored: string;
  /** Where in the arguments the reason is, if a change is refused. */
  at: readonly string[];
}

async function ownManifest(
  tx: Statements,
  { id, directory }: Pick<Project, 'id' | 'directory'>,
  at: readonly string[],
): Promise<OwnManifest> {
  return { id, directory, text: await tx.projects.manifestText(id), stored: await storedText(tx, id), at };
}

interface RewrittenManifest {
  text: string;
  manifest: ReadManifest;
}

const throws = [InvalidInput, Conflict];

const replaceOwn = byThread('replaceOwnManifest', rewritten, {
  isLarge: ({ text, stored }, given) => isLargeManifest(text + given, stored),
  throws,
});

/** The text that a managed project gets, and what it says. @throws InvalidInput */
async function rewritten(own: OwnManifest, given: string): Promise<RewrittenManifest> {
  const { id, directory, at } = own;
  await readGiven(directory, given, at);
  const document = openDocument(given);
  const { yaml } = document;
  if (yaml.has('include_paths')) {
    const message = 'The meltano.yml of a managed project includes no other files; write all into one.';
    throw new InvalidInput([{ path: at, code: 'BAD_MANIFEST', message }]);
  }
  // The API may have renamed objects since the text was stored.
  restoreSecrets(document, [openDocument(own.text), await foldedDocument(own)], at);
  if (!yaml.has('project_id')) setKey(rootOf(document), 'project_id', id);
  const text = textOfDocument(document);
  return { text, manifest: readOf(await readGiven(directory, text, at)) };
}

async function write(
  tx: Statements,
  { id }: Pick<Project, 'id'>,
  { text, manifest }: RewrittenManifest,
  match: Match | null,
  isChanged = true,
): Promise<MirrorReport> {
  if (isChanged) await tx.projects.writeManifestText(id, text);
  return mirrorManifest(tx, id, manifest, match, isChanged);
}

/** A managed project's text with all changes that were made through the API, including secrets. */
export async function foldedDocument({
  directory,
  text,
  stored,
}: Pick<OwnManifest, 'directory' | 'text' | 'stored'>): Promise<ManifestDocument> {
  const { manifest, document } = await readSource(directory, text);
  foldManifest(document, manifest, storedManifest(stored));
  return document;
}

/** The same as text, by a thread when it is large. */
export const foldedText = byThread(
  'foldedText',
  async (own: Parameters<typeof foldedDocument>[0]): Promise<string> =>
    textOfDocument(await foldedDocument(own)),
  { isLarge: ({ text, stored }) => isLargeManifest(text, stored) },
);
