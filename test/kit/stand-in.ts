import { fileURLToPath } from 'node:url';

/** Path of a small program that stands in for Meltano, to do what the real one does not do when asked. */
export function standIn(name: string): string {
  return fileURLToPath(new URL(`../fixtures/stand-ins/${name}`, import.meta.url));
}
