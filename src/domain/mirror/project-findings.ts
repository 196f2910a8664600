import type { Finding, Manifest } from '../../manifest/manifest.ts';
import { inFileOrder } from '../../manifest/reading.ts';
import { hasMadeEnvironment, madeEnvironment } from './mirrored-environments.ts';

/** What is unusual in a project's files: the same for its manifest, a plan and an import. */
export function findingsIn(manifest: Manifest): Finding[] {
  return inFileOrder([...manifest.warnings, ...withoutEnvironment(manifest)], manifest.files);
}

function withoutEnvironment(manifest: Manifest): Finding[] {
  if (manifest.environments.length > 0) return [];
  const shown = hasMadeEnvironment(manifest)
    ? `. Its jobs and schedules are shown in \`${madeEnvironment}\``
    : '';
  const message = `There is no environment, and \`meltano run\` needs one${shown}; add one.`;
  return [{ file: 'meltano.yml', line: 1, message }];
}
