import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidInput, type InvalidFieldCode } from '../../errors.ts';
import { joinDocument, openDocument, type ManifestDocument } from '../../manifest/yaml/document.ts';
import { ManifestError, type Manifest } from '../../manifest/manifest.ts';
import { mirroredEnvironments } from './mirrored-environments.ts';
import { readManifest } from '../../manifest/read-manifest.ts';

/** A project's files, without the changes that were made through the API. */
export interface ProjectSource {
  manifest: Manifest;
  /** All files as one document. */
  document: ManifestDocument;
}

/**
 * Reads the files of a project. This is fast enough to be done in a transaction.
 *
 * @param own the `meltano.yml` of a managed project; undefined to read the files in an imported project's
 *   directory
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

/** How many mistakes a caller is told. */
const maxFindings = 100;

/** The longest `meltano.yml` that callers can give, in characters. */
export const maxManifestLength = 1_000_000;

/**
 * The most that a `meltano.yml` of a caller can stand for: environments, plugins, jobs and schedules, and the
 * characters of the definitions of jobs and schedules. A short text can stand for much, because each
 * environment has all jobs.
 */
export const manifestLimits = { objects: 20_000, length: 50_000_000 };

/**
 * Reads a manifest for a caller, who gets all its mistakes.
 *
 * @param text used in place of the directory's `meltano.yml`; null to read that file
 * @param at where the text is in the arguments
 * @throws InvalidInput with everything that is wrong
 */
export async function readGiven(
  directory: string,
  text: string | null,
  at: readonly string[],
): Promise<Manifest> {
  if (text !== null && text.length > maxManifestLength) {
    const message = `The text has ${text.length} characters; at most ${maxManifestLength} are allowed.`;
    throw new InvalidInput([{ path: at, code: 'TOO_LONG', message }]);
  }
  try {
    const manifest = await readManifest(directory, text ?? undefined);
    checkObjects(manifest, at);
    return manifest;
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    const messages = error.findings
      .slice(0, maxFindings)
      .map(({ file, line, message }) => `${file}:${line}: ${message}`);
    const more = error.findings.length - messages.length;
    if (more > 0) messages.push(`There are ${more} more mistakes like these.`);
    throw new InvalidInput(messages.map((message) => ({ path: at, code: 'BAD_MANIFEST', message })));
  }
}

/** @throws InvalidInput when a manifest stands for more than one mutation may make */
function checkObjects(manifest: Manifest, at: readonly string[]): void {
  const { plugins, jobs, schedules } = manifest;
  const environments = mirroredEnvironments(manifest);
  const refuse = (code: InvalidFieldCode, much: string, allowed: string): never => {
    const message = `The project would have ${much}, since each of its ${environments.length} environments has all ${jobs.length} jobs and ${schedules.length} schedules; at most ${allowed} are allowed. Make several projects of it.`;
    throw new InvalidInput([{ path: at, code, message }]);
  };
  const { objects, length } = manifestLimits;
  const count = environments.length * (1 + jobs.length + schedules.length) + plugins.length;
  if (count > objects) refuse('TOO_MANY', `${count} objects`, String(objects));
  const long = environments.length * JSON.stringify([jobs, schedules]).length;
  if (long > length) refuse('TOO_LONG', `definitions of ${long} characters`, String(length));
}
