import { join } from 'node:path';
import { foldedText } from '../domain/mirror/edit-manifest.ts';
import { writeFileWhole } from '../lib/write-file.ts';
import type { RunToExecute } from '../store/runs/runs.ts';
import type { Execution } from './execution.ts';

/**
 * Makes sure that the `meltano.yml` of a managed project exists on this machine and agrees with the store.
 * What a `meltano.yml` cannot express is left out: a run gets its blocks from the gateway, so it needs no job
 * from the file.
 */
export async function writeManifest(
  { store, gateway, persist }: Execution,
  run: RunToExecute,
): Promise<void> {
  const { directory, manifestMode } = run.project;
  if (manifestMode !== 'MANAGED') return;
  const { log } = gateway;
  const own = await persist(() => store.projects.manifestText(run.projectId));
  const stored = await persist(() => store.mirror.stored([run.projectId]));
  const text = await foldedText({ directory, text: own, stored: stored.get(run.projectId) ?? '' });
  const isWritten = await writeFileWhole(join(directory, 'meltano.yml'), text);
  if (isWritten) log.info({ runId: run.id, directory }, 'meltano.yml was written');
}
