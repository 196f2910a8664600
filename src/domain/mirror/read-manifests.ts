import { createHash } from 'node:crypto';
import { InvalidInput } from '../../errors.ts';
import { byThread } from '../../lib/event-loop/threads.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import { largeManifest } from '../../manifest/sections/size.ts';
import { readGiven } from './project-source.ts';

/**
 * A manifest that was read, perhaps by a thread. As text it costs little to hand over, so only threads look into
 * those of large projects. The main thread knows these facts.
 */
export interface ReadManifest {
  /** The `Manifest` as JSON text. */
  json: string;
  directory: string;
  /** The files that were read, relative to the directory. */
  files: string[];
  projectId: string | null;
  defaultEnvironment: string | null;
  requiresMeltano: string | null;
  envNames: string[];
  dotEnvNames: string[];
  /** Digest of the content of the project's files. An import of the same digest changes nothing. */
  digest: string;
  /** Digest of the same content wherever it is, and without what differs between machines: the names in `.env`. */
  filesDigest: string;
}

/** Characters of JSON about rows from which on a thread does the work. */
const largeRows = 50_000;

/** Whether a manifest, or what is known of its rows, is so large that a thread does the work. */
export function isLargeManifest(yaml: string | null | undefined, rows = ''): boolean {
  // How large the files of a project are is not known before they are read.
  return yaml == null || yaml.length > largeManifest || rows.length > largeRows;
}

/**
 * Increase it when the import stores the same files in another way. The first start of the new release then
 * imports all projects again.
 */
const rowFormat = 5;

/** What verbs need of a manifest. */
export function readOf(manifest: Manifest): ReadManifest {
  const { directory, files, projectId, defaultEnvironment, requiresMeltano, env, dotEnvNames } = manifest;
  const said = { rowFormat, ...manifest, settings: null };
  return {
    json: JSON.stringify(manifest),
    directory,
    files,
    projectId,
    defaultEnvironment,
    requiresMeltano,
    envNames: Object.keys(env).sort(),
    dotEnvNames,
    digest: digestOf(said),
    filesDigest: digestOf({ ...said, directory: null, dotEnvNames: null }),
  };
}

function digestOf(said: object): string {
  return createHash('sha256').update(JSON.stringify(said)).digest('hex');
}

/** The manifest that was read. */
export function manifestIn({ json }: Pick<ReadManifest, 'json'>): Manifest {
  return JSON.parse(json) as Manifest;
}

/** `readGiven`, by a thread when the manifest is large. @throws InvalidInput */
export const givenManifest = byThread(
  'givenManifest',
  async (directory: string, text: string | null, at: readonly string[]): Promise<ReadManifest> =>
    readOf(await readGiven(directory, text, at)),
  { isLarge: (_directory, text) => isLargeManifest(text), throws: [InvalidInput] },
);
