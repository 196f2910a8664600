import { join } from 'node:path';
import { foldedText } from '../../domain/mirror/edit-manifest.ts';
import { writeFileWhole } from '../../lib/files/write-file.ts';
import { writeProjectFiles } from '../../runner/project-files.ts';
import type { RunToExecute } from '../../store/runs/runs.ts';
import type { Execution } from '../execution.ts';

/** How often the files are read again when they change while they are written. */
const attempts = 5;

/**
 * Makes sure that the `meltano.yml` of a managed project and its files exist on this machine and agree with the store.
 * What a `meltano.yml` cannot express is left out: a run gets its blocks from the gateway, so it needs no job
 * from the file.
 */
export async function writeProject(execution: Execution, run: RunToExecute): Promise<void> {
  if (run.project.manifestMode !== 'MANAGED') return;
  await writeManifest(execution, run);
  await writeFiles(execution, run);
}

async function writeManifest({ store, gateway, persist }: Execution, run: RunToExecute): Promise<void> {
  const { directory } = run.project;
  const own = await persist(() => store.projects.manifestText(run.projectId));
  const stored = await persist(() => store.mirror.stored([run.projectId]));
  const text = await foldedText({ directory, text: own, stored: stored.get(run.projectId) ?? '' });
  const isWritten = await writeFileWhole(join(directory, 'meltano.yml'), text);
  if (isWritten) gateway.log.info({ runId: run.id, directory }, 'meltano.yml was written');
}

async function writeFiles(
  { store, gateway, persist }: Execution,
  { id: runId, projectId, project: { directory, filesDigest: asClaimed } }: RunToExecute,
): Promise<void> {
  let wanted = asClaimed;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const { written, removed, isOvertaken } = await writeProjectFiles(directory, wanted, {
      list: () => persist(() => store.projectFiles.heads(projectId)),
      textOf: async ({ id, digest }) => {
        const found = await persist(() => store.projectFiles.text(id));
        return found?.digest === digest ? found.text : null;
      },
    });
    if (written + removed > 0)
      gateway.log.info({ runId, directory, written, removed }, 'files of the project were written');
    if (!isOvertaken) return;
    wanted = (await persist(() => store.projects.byId(projectId)))?.filesDigest ?? null;
  }
  throw new Error('the files of the project are changed again and again; try it once more.');
}
