import type { ProjectToServe } from '../config.ts';
import { copyDemoProject } from './copy-project.ts';
import type { Environment } from './find-python.ts';
import { installDemoPlugins } from './install-plugins.ts';
import { provisionMeltano } from './provision.ts';

/** What the demo serves, and the Meltano that it runs. */
export interface Demo {
  projects: ProjectToServe[];
  /** Absent when none could be provisioned; the reason was said. */
  meltano?: string;
}

/**
 * Makes ready what the demo needs below `home`: a Meltano of its own, a copy of the sample project, and
 * the project's plugins. What is there already is reused. What cannot be had is said in a line, and the
 * API can be served all the same.
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
