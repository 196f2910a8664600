import { posix } from 'node:path';
import { isEmpty, own } from '../fields.ts';
import type { Entry } from '../fields.ts';
import { glob } from './glob.ts';
import type { Location } from '../manifest.ts';
import { fail, locate, warn } from '../reading.ts';
import type { Reading } from '../reading.ts';

const maxFiles = 1_000;

/** A file that `include_paths` names, and the location of the pattern. */
export interface IncludedFile {
  file: string;
  at: Location;
}

/**
 * The files that `include_paths` names (meltano/core/project_files.py), in the order of the patterns and
 * without duplicates. The files of one pattern are sorted; Meltano uses the order of the file system.
 */
export async function includedFiles(reading: Reading, root: string, project: Entry): Promise<IncludedFile[]> {
  const patterns = own(project, 'include_paths');
  if (isEmpty(patterns)) return [];
  if (!Array.isArray(patterns)) {
    fail(
      reading,
      locate(reading, project.value, 'include_paths'),
      '`include_paths` has to be a list of patterns.',
    );
    return [];
  }
  const found = new Map<string, Location>();
  for (const [index, pattern] of patterns.entries()) {
    const at = locate(reading, patterns, index);
    for (const file of await filesOf(reading, root, pattern, at)) {
      if (!found.has(file)) found.set(file, at);
    }
  }
  if (found.size > maxFiles) {
    const message = `The project includes ${found.size} files; the limit is ${maxFiles}. Make the patterns narrower.`;
    fail(reading, locate(reading, project.value, 'include_paths'), message);
    return [];
  }
  return [...found].map(([file, at]) => ({ file, at }));
}

async function filesOf(reading: Reading, root: string, pattern: unknown, at: Location): Promise<string[]> {
  if (typeof pattern !== 'string') {
    fail(reading, at, 'A pattern of `include_paths` has to be text; put it in quotes.');
    return [];
  }
  try {
    const files = await glob(root, pattern);
    if (files.length === 0)
      warn(reading, at, `No file matches \`${pattern}\`; correct or remove the pattern.`);
    return files.map((file) => posix.normalize(file)).filter((file) => file !== 'meltano.yml');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    fail(reading, at, `The pattern \`${pattern}\` cannot be used: ${reason}.`);
    return [];
  }
}
