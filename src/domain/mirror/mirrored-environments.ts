import type { Manifest, ManifestEnvironment } from '../../manifest/manifest.ts';

/** The environment that shows the jobs and schedules of a project whose files have no environment. */
export const madeEnvironment = 'default';

/** Whether the files have jobs or schedules, which are in each environment, and no environment. */
export function hasMadeEnvironment({ environments, jobs, schedules }: Manifest): boolean {
  return environments.length === 0 && jobs.length + schedules.length > 0;
}

/**
 * The environments that the rows of a project mirror. Jobs and schedules belong to an environment, and Meltano has
 * them in projects without any, too; so these get one that the files do not have.
 */
export function mirroredEnvironments(manifest: Manifest): ManifestEnvironment[] {
  if (!hasMadeEnvironment(manifest)) return manifest.environments;
  const location = { file: 'meltano.yml', line: 1 };
  return [
    { name: madeEnvironment, env: {}, stateIdSuffix: null, pluginConfig: [], annotations: {}, location },
  ];
}
