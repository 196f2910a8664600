import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { installPlugins } from '../../src/runner/install-plugins.ts';
import type { InstallOutcome } from '../../src/runner/install-plugins.ts';
import { meltanoVersion } from '../../src/runner/meltano-version.ts';
import type { ReceivedLine } from '../../src/runner/run-meltano.ts';
import { describeWithMeltano, meltano } from '../kit/meltano/meltano.ts';
import { standIn } from '../kit/meltano/stand-in.ts';
import { fixtureProject, runReal, temporaryDirectory, temporaryProject } from './kit.ts';

test('a program that is not Meltano is told from one that is missing', async () => {
  const missing = await meltanoVersion('/nowhere/meltano', process.env);
  expect(missing).toEqual({
    version: null,
    failure: { code: 'ENOENT', message: 'meltano was not found: /nowhere/meltano' },
  });
  const other = await meltanoVersion(standIn('strange-bytes.py'), process.env);
  expect(other.failure?.code).toBe('NOT_MELTANO');
});

/**
 * A plugin that pip builds from this folder, without an index: the tap of the fixture project as a package with
 * a build backend of its own.
 */
async function packageTap(project: string): Promise<void> {
  const folder = join(project, 'package');
  await mkdir(folder);
  await cp(join(fixtureProject, 'bin', 'tap_numbers.py'), join(folder, 'tap_numbers.py'));
  const metadata = 'Metadata-Version: 2.1\\nName: tap-packaged\\nVersion: 1.0\\n';
  await writeFile(
    join(folder, 'backend.py'),
    `import os, zipfile


def build_wheel(directory, config_settings=None, metadata_directory=None):
    name = "tap_packaged-1.0-py3-none-any.whl"
    info = "tap_packaged-1.0.dist-info"
    files = {
        "tap_packaged.py": "def main():\\n    import tap_numbers\\n",
        "tap_numbers.py": open("tap_numbers.py").read(),
        info + "/METADATA": "${metadata}",
        info + "/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        info + "/entry_points.txt": "[console_scripts]\\ntap-packaged = tap_packaged:main\\n",
        info + "/RECORD": "",
    }
    with zipfile.ZipFile(os.path.join(directory, name), "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
    return name
`,
  );
  await writeFile(
    join(folder, 'pyproject.toml'),
    '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n[project]\nname = "tap-packaged"\nversion = "1.0"\n',
  );
  const manifest = await readFile(join(project, 'meltano.yml'), 'utf8');
  const plugins = `  extractors:
    - name: tap-packaged
      namespace: tap_packaged
      pip_url: ./package
      executable: tap-packaged
      capabilities: [catalog, discover, state]
    - name: tap-nowhere
      namespace: tap_nowhere
      pip_url: ./nowhere
`;
  await writeFile(join(project, 'meltano.yml'), manifest.replace('  extractors:\n', plugins));
}

describeWithMeltano('the real Meltano', () => {
  async function install(
    projectDirectory: string,
    names: string[],
    options: Partial<Parameters<typeof installPlugins>[0]> = {},
  ): Promise<{ outcome: InstallOutcome; lines: ReceivedLine[] }> {
    const lines: ReceivedLine[] = [];
    const installation = installPlugins({
      executable: meltano ?? '',
      projectDirectory,
      runDirectory: join(await temporaryDirectory(), 'install'),
      runId: '00000000-0000-4000-8000-000000000002',
      baseEnv: process.env,
      plugins: names.map((name) => ({ type: 'extractors', name })),
      onLines: (batch) => void lines.push(...batch),
      ...options,
    });
    return { outcome: await installation.outcome, lines };
  }

  test('a plugin is installed once and linked into its runs, whose catalogs are kept', async () => {
    const project = await temporaryProject();
    await packageTap(project);
    const { outcome } = await install(project, ['tap-packaged']);
    expect(outcome).toMatchObject({ exitCode: 0, installed: ['tap-packaged'], failed: [], unknown: 0 });

    const catalogCacheDirectory = join(await temporaryDirectory(), 'catalogs');
    const options = { projectDirectory: project, catalogCacheDirectory };
    const discovered = 'Running catalog discovery';
    const first = await runReal(['tap-packaged', 'target-lines'], options);
    expect(first.ended.exitCode).toBe(0);
    expect(first.lines.map((line) => line.message)).toContain(discovered);
    const second = await runReal(['tap-packaged', 'target-lines'], options);
    expect(second.ended.exitCode).toBe(0);
    expect(second.lines.map((line) => line.message)).not.toContain(discovered);
    const third = await runReal(['tap-packaged', 'target-lines'], {
      ...options,
      options: { refreshCatalog: true },
    });
    expect(third.lines.map((line) => line.message)).toContain(discovered);
    // Nothing of these runs is in the project.
    expect(await readdir(join(project, '.meltano', 'extractors'))).toEqual(['tap-packaged']);
    expect(await readdir(join(project, '.meltano'))).not.toContain('loaders');
    await install(project, ['tap-packaged'], { catalogCacheDirectory });
    await expect(readdir(catalogCacheDirectory)).rejects.toThrow('ENOENT');
  });

  test('what cannot be installed and what is unknown are told', async () => {
    const project = await temporaryProject();
    await packageTap(project);
    const failed = await install(project, ['tap-nowhere']);
    expect(failed.outcome).toMatchObject({ exitCode: 1, installed: [], unknown: 0 });
    expect(failed.outcome.failed).toMatchObject([{ plugin: 'tap-nowhere', pluginType: 'extractors' }]);
    const unknown = await install(project, ['tap-unheard-of']);
    expect(unknown.outcome).toMatchObject({ exitCode: 0, installed: [], failed: [], unknown: 1 });
  });

  test('plugins of a project without an id of its own are installed, and it gets none', async () => {
    const project = await temporaryProject();
    await packageTap(project);
    const file = join(project, 'meltano.yml');
    const text = (await readFile(file, 'utf8')).replace(/^project_id: .*\n/m, '');
    await writeFile(file, text);
    for (let i = 0; i < 2; i += 1)
      expect((await install(project, ['tap-packaged'])).outcome).toMatchObject({ exitCode: 0, failed: [] });
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  test('an installation stops when it is asked to, even before it began', async () => {
    const installation = installPlugins({
      executable: meltano ?? '',
      projectDirectory: await temporaryProject(),
      runDirectory: join(await temporaryDirectory(), 'install'),
      runId: '00000000-0000-4000-8000-000000000002',
      baseEnv: process.env,
      plugins: [{ type: 'extractors', name: 'tap-numbers' }],
      onLines: () => undefined,
    });
    expect(await installation.stop()).toMatchObject({
      exitCode: null,
      signal: 'SIGTERM',
      stopRequested: true,
    });
  });
});
