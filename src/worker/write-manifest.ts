import { join } from 'node:path';
import { foldManifest, storedManifest } from '../domain/fold-manifest.ts';
import { readSource } from '../domain/project-source.ts';
import { textOfDocument } from '../manifest/document.ts';
import { writeFileWhole } from '../runner/write-file.ts';
import type { RunToExecute } from '../store/run.ts';
import type { Execution } from './execution.ts';
import { persist } from './persist.ts';

/**
 * Sees to it that the `meltano.yml` of a managed project is on this machine and says what the store does. What Meltano's
 * files cannot say is left out: a run is told its blocks, and needs no job from there.
 */
export async function writeManifest({ services }: Execution, run: RunToExecute): Promise<void> {
  const { directory, manifestMode } = run.project;
  if (manifestMode !== 'MANAGED') return;
  const { store, log } = services;
  const own = await persist(() => store.manifestText(run.projectId));
  const { manifest, document } = await readSource(directory, own);
  foldManifest(document, manifest, await persist(() => storedManifest(store, run.projectId)));
  const isWritten = await writeFileWhole(join(directory, 'meltano.yml'), textOfDocument(document));
  if (isWritten) log.info({ runId: run.id, directory }, 'meltano.yml was written');
}
