import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A directory of its own, with what takes it away again. */
export async function temporaryDirectory(): Promise<{ directory: string; remove: () => Promise<void> }> {
  const directory = await mkdtemp(path.join(tmpdir(), 'meltano-graphql-demo-'));
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) };
}
