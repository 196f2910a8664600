import { fileURLToPath } from 'node:url';

/**
 * Where a file of this package is, or a folder when the name ends in `/`.
 *
 * This file and the files in `dist` that it is built into all lie one folder below the package, so the way is
 * the same from both.
 *
 * @param name path within the package, such as `package.json`
 */
export function packageFile(name: string): string {
  return fileURLToPath(new URL(`../${name}`, import.meta.url));
}
