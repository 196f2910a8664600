import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/**
 * The path of a file of this package, or of a folder when the name ends in `/`.
 *
 * This file, and the files in `dist` that it is built into, are all one folder below the package, so the
 * relative path is the same.
 *
 * @param name path within the package, such as `package.json`
 */
export function packageFile(name: string): string {
  return fileURLToPath(new URL(`../${name}`, import.meta.url));
}

/** The version of this package. */
export async function packageVersion(): Promise<string> {
  const text = await readFile(packageFile('package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** What this package needs, such as a version of Node. */
export async function packageEngines(): Promise<{ node: string }> {
  const text = await readFile(packageFile('package.json'), 'utf8');
  return (JSON.parse(text) as { engines: { node: string } }).engines;
}
