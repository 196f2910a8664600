import { randomBytes } from 'node:crypto';
import { chmod, cp, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { packageFile } from '../package-files.ts';

/** The version of the sample project. Raised whenever a file of it changes. */
export const demoVersion = 1;

const source = packageFile('src/demo/project/');
const versionFile = '.demo-version';

/** Where the user's copy of the sample project is. */
export interface DemoProject {
  /** Absolute path of the copy. */
  project: string;
  /** Whether this call made it. */
  copied: boolean;
  /** Whether the copy was made from another version of the sample than this program carries. */
  outdated: boolean;
}

/**
 * Copies the sample project to `<home>/demo`, unless it is there already: what the user changed in the copy
 * stays. The copy appears in one step, complete, with its scripts executable and an `.env` that holds an
 * invented key for the till, readable by its owner only.
 */
export async function copyDemoProject({ home }: { home: string }): Promise<DemoProject> {
  const project = path.resolve(home, 'demo');
  const existing = await versionOf(project);
  if (existing !== undefined) return { project, copied: false, outdated: existing !== demoVersion };

  await mkdir(path.dirname(project), { recursive: true });
  const draft = `${project}.${randomBytes(4).toString('hex')}`;
  try {
    await cp(source, draft, { recursive: true, filter: (file) => !file.includes('__pycache__') });
    for (const script of await readdir(path.join(draft, 'bin'))) {
      await chmod(path.join(draft, 'bin', script), 0o755);
    }
    const key = randomBytes(12).toString('hex');
    await writeFile(path.join(draft, '.env'), `TAP_TILL_API_KEY=${key}\n`, { mode: 0o600 });
    // Written here and not kept with the sample: npm would obey a .gitignore when it packs.
    await writeFile(path.join(draft, '.gitignore'), '.env\n.meltano/\noutput/\n');
    await writeFile(path.join(draft, versionFile), `${demoVersion}\n`);
    await rename(draft, project);
    return { project, copied: true, outdated: false };
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another process may have been first; a directory that is not empty refuses the rename.
    const other = await versionOf(project);
    if (other === undefined) throw error;
    return { project, copied: false, outdated: other !== demoVersion };
  }
}

/** The version of a copy; 0 when it does not say, nothing when there is no copy. */
async function versionOf(project: string): Promise<number | undefined> {
  const files = await readdir(project).catch((): string[] => []);
  if (!files.includes('meltano.yml')) return undefined;
  const text = await readFile(path.join(project, versionFile), 'utf8').catch(() => '0');
  return Number.parseInt(text, 10) || 0;
}
