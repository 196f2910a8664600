import { randomBytes } from 'node:crypto';
import { chmod, cp, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { packageFile } from '../package-files.ts';

/** The version of the sample project. Increase it with every change of its files. */
export const demoVersion = 1;

const source = packageFile('src/demo/project/');
const versionFile = '.demo-version';

/** The user's copy of the sample project. */
export interface DemoProject {
  /** Absolute path of the copy. */
  project: string;
  /** Whether this call made the copy. */
  copied: boolean;
  /** Whether the copy was made from another version of the sample than this program has. */
  outdated: boolean;
}

/**
 * Copies the sample project to `<home>/demo`, unless the copy exists: changes by the user stay. The copy
 * appears in one step and complete. Its scripts are executable, and its `.env` has an invented key for the
 * till, which only the owner can read.
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
    // Written here and not stored with the sample, because npm would follow a .gitignore when it packs.
    await writeFile(path.join(draft, '.gitignore'), '.env\n.meltano/\noutput/\n');
    await writeFile(path.join(draft, versionFile), `${demoVersion}\n`);
    await rename(draft, project);
    return { project, copied: true, outdated: false };
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another process may have been faster; a rename to a directory that is not empty fails.
    const other = await versionOf(project);
    if (other === undefined) throw error;
    return { project, copied: false, outdated: other !== demoVersion };
  }
}

/** The version of a copy; 0 when it has none, undefined when there is no copy. */
async function versionOf(project: string): Promise<number | undefined> {
  const files = await readdir(project).catch((): string[] => []);
  if (!files.includes('meltano.yml')) return undefined;
  const text = await readFile(path.join(project, versionFile), 'utf8').catch(() => '0');
  return Number.parseInt(text, 10) || 0;
}
