import type { ProjectToServe } from '../config/config.ts';
import { copyDemoProject } from './copy-project.ts';
import type { Environment } from './find-python.ts';
import { installDemoPlugins } from './install-plugins.ts';
import { provisionMeltano } from './provision.ts';

/** What the demo serves, and the Meltano for its runs. */
export interface Demo {
  projects: ProjectToServe[];
  /** Absent when it could not be installed; the reason was logged. */
  meltano?: string;
}

/**
 * Prepares what the demo needs below `home`: its own Meltano, a copy of the sample project, and the project's
 * plugins. What exists is used again. What cannot be prepared is logged in one line; the API works without
 * it.
 */
export async function prepareDemo(
  home: string,
  baseEnv: Environment,
  say: (line: string) => void,
): Promise<Demo> {
  const provisioned = await provisionMeltano({ home, baseEnv, log: say });
  const { project, outdated } = await copyDemoProject({ home });
  if (outdated) {
    say(`The sample project has a newer version; delete ${project} to get it at the next start.`);
  }
  const projects = [{ name: 'demo', directory: project }];
  if ('missing' in provisioned) {
    say(`${provisioned.missing} Runs will fail until then.`);
    return { projects };
  }
  const { executable } = provisioned;
  const plugins = await installDemoPlugins({ executable, project, baseEnv, log: say });
  if ('missing' in plugins) say(`${plugins.missing} Jobs with those plugins will fail until then.`);
  return { projects, meltano: executable };
}
