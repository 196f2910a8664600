import { fileURLToPath } from 'node:url';

/**
 * Path of a small program that replaces Meltano, for behaviour that the real one does not show on request.
 */
export function standIn(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/stand-ins/${name}`, import.meta.url));
}
