import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidInput } from '../errors.ts';
import { joinDocument, openDocument, type ManifestDocument } from '../manifest/document.ts';
import { ManifestError, type Manifest } from '../manifest/manifest.ts';
import { readManifest } from '../manifest/read-manifest.ts';

/** A project's files, as they were written last. */
export interface ProjectSource {
  manifest: Manifest;
  /** All of them in one. */
  document: ManifestDocument;
}

/**
 * Reads the files of a project. Looking at files is quick, so that a transaction may wait for it.
 *
 * @param own the `meltano.yml` of a managed project; of an imported one the files in its directory are read
 * @throws ManifestError
 */
export async function readSource(directory: string, own: string | undefined): Promise<ProjectSource> {
  const manifest = await readManifest(directory, own);
  if (own !== undefined) return { manifest, document: openDocument(own) };
  const files = manifest.files.filter((file) => !file.endsWith('.lock'));
  const [main = '', ...included] = await Promise.all(
    files.map((file) => readFile(join(directory, file), 'utf8')),
  );
  const document = openDocument(main);
  for (const text of included) joinDocument(document, openDocument(text));
  document.yaml.delete('include_paths');
  return { manifest, document };
}

/** The longest `meltano.yml` that callers can give, in characters. */
export const maxManifestLength = 1_000_000;

/**
 * Reads the manifest of a directory for a caller who is to hear what is wrong with it.
 *
 * @param text in place of `meltano.yml` there; null to read that
 * @param path where in the arguments the text stands
 * @throws InvalidInput with everything that is wrong
 */
export async function readGiven(
  directory: string,
  text: string | null,
  path: readonly string[],
): Promise<Manifest> {
  if (text !== null && text.length > maxManifestLength) {
    const message = `The text has ${text.length} characters; at most ${maxManifestLength} are allowed.`;
    throw new InvalidInput([{ path, code: 'TOO_LONG', message }]);
  }
  try {
    return await readManifest(directory, text ?? undefined);
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    throw new InvalidInput(
      error.findings.map(({ file, line, message }) => ({
        path,
        code: 'BAD_MANIFEST',
        message: `${file}:${line}: ${message}`,
      })),
    );
  }
}
