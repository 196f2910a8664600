import { cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const here = fileURLToPath(new URL('.', import.meta.url));
// Not in this folder: the runner of the tests would take the packages' own tests for ours.
const directory = fileURLToPath(new URL('../../../.meltano-graphql/bench/', import.meta.url));
const files = ['package.json', 'package-lock.json', 'postgraphile.mjs'];

/** PostGraphile and the Node that it needs. */
export interface Postgraphile {
  node: string;
  main: string;
  version: string;
  nodeVersion: string;
}

/** Installs what `package.json` in this folder names, unless it is there. */
export async function providePostgraphile(say: (line: string) => void): Promise<Postgraphile> {
  await mkdir(directory, { recursive: true });
  const lock = await readFile(join(here, 'package-lock.json'), 'utf8');
  const installed = await readFile(join(directory, 'node_modules/.installed'), 'utf8').catch(() => '');
  for (const file of files) await cp(join(here, file), join(directory, file));
  if (installed !== lock) {
    say('Installing PostGraphile …');
    await execa('npm', ['ci', '--no-audit', '--no-fund'], { cwd: directory });
    await cp(join(here, 'package-lock.json'), join(directory, 'node_modules/.installed'));
  }
  const node = join(directory, 'node_modules/.bin/node');
  const { stdout: nodeVersion } = await execa(node, ['--version']);
  const packageFile = await readFile(join(directory, 'node_modules/postgraphile/package.json'), 'utf8');
  const { version } = JSON.parse(packageFile) as { version: string };
  return { node, main: join(directory, 'postgraphile.mjs'), version, nodeVersion };
}
