import { cp, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { importedSettings } from '../../src/domain/mirror/imported-settings.ts';
import { settingsIn } from '../../src/domain/definitions/plugin-settings.ts';
import { glob } from '../../src/manifest/files/glob.ts';
import {
  settingKinds,
  type Config,
  type Manifest,
  type ManifestPlugin,
} from '../../src/manifest/manifest.ts';
import { readManifest } from '../../src/manifest/read-manifest.ts';
import { callMeltano } from '../kit/meltano/ask-meltano.ts';
import { describeWithMeltano } from '../kit/meltano/meltano.ts';
import { runPython } from '../kit/meltano/python.ts';
import { dotEnvTexts } from './files/dot-env-texts.ts';
import { configOf, fixture, plugin, problems, writeFiles } from './kit.ts';
import { refusals } from './refusals.ts';
import { scalars } from './scalars.ts';
import { loosenedTabs, refusedTabs, takenTabs } from './tabs.ts';

const fixtures = ['shop', 'split', 'locked'];

const listJobs = ['job', 'list', '--format=json'];
const listSchedules = ['schedule', 'list', '--format=json'];
const printConfig = (stage: string, tap: string): string[] => [
  `--environment=${stage}`,
  'config',
  'print',
  tap,
];

/** Project, environment and plugin. */
const configured: [string, string, string][] = [
  ['shop', 'prod', 'tap-orders'],
  ['shop', 'prod', 'tap-orders--returns'],
  ['shop', 'dev', 'tap-carts'],
  ['locked', 'dev', 'tap-grandchild'],
  ['locked', 'dev', 'tap-base'],
  ['locked', 'dev', 'tap-other-variant'],
  ['split', 'prod', 'tap-reports'],
];

describeWithMeltano('the real Meltano', () => {
  let scratch = '';

  beforeAll(async () => {
    scratch = await realpath(await mkdtemp(join(tmpdir(), 'manifest-real-')));
    // Copies: Meltano makes folders for lock files in the project, even if it may not write to it.
    for (const name of fixtures) await cp(fixture(name), join(scratch, name), { recursive: true });
  });

  afterAll(() => rm(scratch, { recursive: true, force: true }));

  /** What `meltano` printed, by project and arguments. */
  const printed = new Map<string, string>();
  const keyOf = (project: string, args: readonly string[]): string => [project, ...args].join(' ');
  beforeAll(async () => {
    for (const project of fixtures) {
      const commands = [
        listJobs,
        listSchedules,
        ...configured.filter(([name]) => name === project).map(([, stage, tap]) => printConfig(stage, tap)),
      ];
      const results = await callMeltano({ home: scratch, project: join(scratch, project) }, commands);
      for (const [i, { stdout }] of results.entries()) printed.set(keyOf(project, commands[i] ?? []), stdout);
    }
  });
  const json = (project: string, args: readonly string[]): unknown =>
    JSON.parse(printed.get(keyOf(project, args)) ?? '');

  const python = (program: string, args: readonly string[]): Promise<unknown> =>
    runPython(program, { home: scratch, args });

  test.each(fixtures)('lists the jobs of %s as we read them', async (name) => {
    const { jobs } = json(name, listJobs) as { jobs: ListedJob[] };
    const theirs = jobs.map(({ job_name, tasks }) => ({ name: job_name, tasks: tasks.map(split) }));
    const ours = (await readManifest(join(scratch, name))).jobs.map(({ name, tasks }) => ({ name, tasks }));
    // Files that one pattern includes come in the order of the file system there.
    expect(theirs.toSorted(byName)).toEqual(ours.toSorted(byName));
  });

  test.each(fixtures)('lists the schedules of %s as we read them', async (name) => {
    const { schedules } = json(name, listSchedules) as ListedSchedules;
    const theirs = [
      ...schedules.job.map(({ job, ...rest }) => ({ ...head(rest), job: job.name })),
      ...schedules.elt.map((schedule) => ({
        ...head(schedule),
        ...{ extractor: schedule.extractor, loader: schedule.loader, transform: schedule.transform },
      })),
    ];
    const ours = (await readManifest(join(scratch, name))).schedules.map((schedule) => {
      const { kind, annotations, location, ...rest } = schedule;
      return { kind, annotations, location, rest }.rest;
    });
    expect(theirs.toSorted(byName)).toEqual(ours.toSorted(byName));
  });

  test.each(configured)(
    'configures in %s, with the environment %s, %s as we do',
    async (name, stage, tap) => {
      const theirs = json(name, printConfig(stage, tap)) as Config;
      const manifest = await readManifest(join(scratch, name));
      expect(flat(withoutDates(theirs))).toEqual(
        withoutDates(configurationOf(manifest, plugin(manifest, tap), stage)),
      );
    },
  );

  test.each(fixtures)('gives the plugins of %s the definitions that we do', async (name) => {
    const { plugins } = await readManifest(join(scratch, name));
    const ours = plugins.map((each) => ({
      type: each.type,
      name: each.name,
      namespace: each.namespace,
      label: each.label ?? each.name,
      variant: each.variant ?? 'default',
      pip_url: each.pipUrl,
      executable: each.executable ?? each.name,
      capabilities: each.capabilities,
      settings: each.settings.map((setting) => setting.name),
      sensitive: each.settings.filter(({ sensitive }) => sensitive).map((setting) => setting.name),
      commands: Object.fromEntries(each.commands.map((command) => [command.name, command.args])),
      requires: Object.fromEntries(
        Object.entries(each.requires).map(([type, all]) => [type, all.map((required) => required.name)]),
      ),
    }));
    const theirs = (await python(definitionsProgram, [join(scratch, name)])) as { name: string }[];
    expect(theirs.toSorted(byName)).toEqual(ours.toSorted(byName));
  });

  test('takes the values of settings from where we say', async () => {
    await writeFiles(scratch, {
      'sources/meltano.yml': sourcesProject,
      'sources/.env': 'TAP_BASE_FROM_DOTENV=1\n',
    });
    const root = join(scratch, 'sources');
    const stages = ['dev', 'prod'];
    const theirs = await python(sourcesProgram, [root, ...stages]);
    const manifest = await readManifest(root);
    const ours = [null, ...stages].map((stage) =>
      manifest.plugins.map((each) =>
        settingsIn(importedSettings(each, manifest), stage)
          // One that only another environment sets is no setting there.
          .filter(({ name, source }) => source !== null || each.settings.some((one) => one.name === name))
          // The values of variables are not ours to show.
          .map((one) => [
            one.name,
            one.source,
            one.name.startsWith('from_') ? null : (one.value ?? one.default),
          ])
          .toSorted(),
      ),
    );
    expect(ours).toEqual(theirs);
  });

  test('knows the kinds of settings that we know', async () => {
    expect(await python(kindsProgram, [])).toEqual(settingKinds);
  });

  test('refuses what we refuse, except what it misreads or fails on later', async () => {
    const projects = refusals.map(({ content }, index) => ({
      path: join(scratch, `refusal-${index}`),
      content,
    }));
    for (const { path, content } of projects) await writeFiles(path, { 'meltano.yml': content });
    const errors = (await python(
      loadProgram,
      projects.map(({ path }) => path),
    )) as (string | null)[];
    const theirs = refusals.map(({ title }, index) => [
      title,
      errors[index] === null ? 'accepts' : 'refuses',
    ]);
    expect(theirs).toEqual(refusals.map((refusal) => [refusal.title, refusal.meltano]));
    for (const { path } of projects) expect(await problems(path)).not.toEqual([]);
  });

  test('reads the scalars that we read', async () => {
    const files = scalars.map(([source], index) => [`scalars/${index}.yml`, `k: ${source}\n`] as const);
    await writeFiles(scratch, Object.fromEntries(files));
    const theirs = await python(
      yamlProgram,
      files.map(([file]) => join(scratch, file)),
    );
    expect(theirs).toEqual(scalars.map(([, value]) => value));
  });

  test('takes tabs where we take them', async () => {
    const texts = [...takenTabs.map(([text]) => text), ...loosenedTabs, ...refusedTabs];
    const files = texts.map((text, index) => [`tabs/${index}.yml`, text] as const);
    await writeFiles(scratch, Object.fromEntries(files));
    const theirs = (await python(
      tabsProgram,
      files.map(([file]) => join(scratch, file)),
    )) as unknown[];
    const [taken, loosened] = [takenTabs.length, takenTabs.length + loosenedTabs.length];
    expect(theirs.slice(0, taken)).toEqual(takenTabs.map(([, value]) => value));
    expect(theirs.slice(taken, loosened)).not.toContain(null);
    expect(theirs.slice(loosened)).toEqual(refusedTabs.map(() => null));
  });

  test('finds the names in `.env` that we find', async () => {
    const files = dotEnvTexts.map(([text], index) => [`dotenv/${index}`, text] as const);
    await writeFiles(scratch, Object.fromEntries(files));
    const theirs = await python(
      dotEnvProgram,
      files.map(([file]) => join(scratch, file)),
    );
    expect(theirs).toEqual(dotEnvTexts.map(([, names]) => names));
  });

  test('matches patterns as we do', async () => {
    const patterns = [
      '**/*.yml',
      '*/*.meltano.yml',
      'teams/*/*',
      '[!s]*',
      './teams//**/*s.yml',
      '?oading/load_[0-9].yml',
    ];
    const root = join(scratch, 'split');
    const theirs = await python(globProgram, [root, ...patterns]);
    expect(theirs).toEqual(await Promise.all(patterns.map((pattern) => glob(root, pattern))));
  });
});

interface ListedJob {
  job_name: string;
  tasks: (string | string[])[];
}

interface ListedSchedule {
  name: string;
  interval: string | null;
  cron_interval: string | null;
  env: Record<string, string>;
}

interface ListedSchedules {
  schedules: {
    job: (ListedSchedule & { job: { name: string } })[];
    elt: (ListedSchedule & { extractor: string; loader: string; transform: string })[];
  };
}

function head({
  name,
  interval,
  cron_interval,
  env,
}: ListedSchedule): Omit<ListedSchedule, 'cron_interval'> & { cron: string | null } {
  return { name, interval, cron: cron_interval, env };
}

function split(task: string | string[]): string[] {
  return [task].flat().flatMap((part) => part.split(' '));
}

function byName(a: { name: string }, b: { name: string }): number {
  return Number(a.name > b.name) - Number(a.name < b.name);
}

/** The values from the files over the defaults of the definition, as Meltano shows them; no extras. */
function configurationOf(manifest: Manifest, of: ManifestPlugin, stage: string): Config {
  const environment = manifest.environments.find(({ name }) => name === stage) ?? null;
  const values = configOf(of, manifest.plugins, environment);
  const defaults = of.settings.map(({ name, value }): [string, unknown] => [name, value]);
  return Object.fromEntries(
    Object.entries({ ...Object.fromEntries(defaults), ...values }).filter(
      ([name, value]) => !name.startsWith('_') && value !== null,
    ),
  );
}

/** Meltano loses the zone of a time without quotes; we leave it as it is written. */
function withoutDates(config: Config): Config {
  return Object.fromEntries(Object.entries(config).filter(([name]) => name !== 'since'));
}

function flat(config: Config, prefix = ''): Config {
  const pairs = Object.entries(config).flatMap(([key, value]): [string, unknown][] =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(flat(value as Config, `${prefix}${key}.`))
      : [[`${prefix}${key}`, value]],
  );
  return Object.fromEntries(pairs.filter(([, value]) => value !== null));
}

const loadProgram = `
import json, sys
from meltano.core.project import Project
def load(path):
    try:
        meltano = Project(path).meltano
        for env in meltano.environments: env.name
        for job in meltano.jobs: job.name
    except Exception as error:
        return type(error).__name__
print(json.dumps([load(path) for path in sys.argv[1:]]))
`;

// A custom plugin has its requirements twice there: from its entry, and from the definition in its entry.
const definitionsProgram = `
import json, sys
from meltano.core.project import Project
from meltano.core.plugin import PluginType
def show(plugin):
    settings = [*(s for s in plugin.all_settings if not s.is_custom)]
    return {
        'type': 'UTILITY' if plugin.type == PluginType.UTILITIES else plugin.type.value[:-1].upper(),
        'name': plugin.name, 'namespace': plugin.namespace, 'label': plugin.label, 'variant': plugin.variant or 'default',
        'pip_url': plugin.pip_url, 'executable': plugin.executable,
        'capabilities': list(plugin.capabilities or []),
        'settings': [s.name for s in settings], 'sensitive': [s.name for s in settings if s.is_redacted],
        'commands': {name: command.args for name, command in plugin.all_commands.items()},
        'requires': {str(t): list(dict.fromkeys(r.name for r in all)) for t, all in plugin.all_requires.items() if all},
    }
plugins = Project(sys.argv[1]).plugins.plugins()
print(json.dumps([show(p) for p in plugins if not p.is_mapping()]))
`;

const sourcesProject = `env:
  TAP_BASE_FROM_ENV: a
environments:
- name: dev
  env: {TAP_BASE_FROM_STAGE: b}
  config:
    plugins:
      extractors:
      - name: tap-base
        config: {in_dev: 2, only_dev: 3, ssl: true, undefined: 6, whole: {in_dev: 1}, parts.in_dev: 2}
        env: {TAP_BASE_FROM_ENTRY: c}
      - name: tap-child
        config: {written: 3}
- name: prod
plugins:
  extractors:
  - name: tap-base
    namespace: tap_base
    env: {TAP_BASE_FROM_OWN: d}
    settings:
    - {name: plain, value: 1}
    - name: nothing
    - {name: written, value: 1}
    - name: in_dev
    - name: only_dev
    - {name: from_env, value: 1}
    - name: from_stage
    - name: from_entry
    - name: from_own
    - {name: from_dotenv, value: 1}
    - {name: whole, kind: object}
    - {name: parts, kind: object, value: {z: 1}}
    - {name: parts.known, kind: integer, value: 5}
    - {name: parts.unset, kind: integer}
    - {name: replaced, kind: object}
    - {name: empty, kind: object}
    - {name: unset, kind: object, value: {z: 1}}
    - {name: list, kind: array}
    config:
      written: 2
      in_dev: 1
      from_env: 3
      from_dotenv: 4
      undefined: 5
      parts: {x: 1, y: {z: 2}}
      replaced: {}
      empty: {}
      list: {a: 1}
  - name: tap-child
    inherit_from: tap-base
    config: {replaced.part: 1, parts: {own: 3}}
  - name: tap-grandchild
    inherit_from: tap-child
`;

const sourcesProgram = `
import json, sys
from meltano.core.plugin import PluginType
from meltano.core.plugin.settings_service import PluginSettingsService
from meltano.core.project import Project
def sources(project, plugin):
    found = PluginSettingsService(project, plugin).config_with_metadata(extras=False)
    return sorted([[name, None if at['value'] is None else at['source'].name, None if name.startswith('from_') else at['value']]
        for name, at in found.items()])
stages = []
for stage in [None, *sys.argv[2:]]:
    project = Project(sys.argv[1])
    if stage: project.activate_environment(stage)
    stages.append([sources(project, p) for p in project.plugins.plugins() if p.type == PluginType.EXTRACTORS])
print(json.dumps(stages))
`;

const kindsProgram = `
import json
from meltano.core.setting_definition import SettingKind
print(json.dumps([str(kind) for kind in SettingKind]))
`;

const yamlProgram = `
import json, sys
from meltano.core import yaml
print(json.dumps([yaml.load(path)['k'] for path in sys.argv[1:]], default=lambda v: getattr(v, 'value', None) or str(v)))
`;

const tabsProgram = `
import json, sys
from meltano.core import yaml
def load(path):
    try:
        return yaml.load(path)
    except Exception:
        return None
print(json.dumps([load(path) for path in sys.argv[1:]]))
`;

const dotEnvProgram = `
import json, sys
from dotenv import dotenv_values
print(json.dumps([sorted(k for k, v in dotenv_values(path).items() if v is not None) for path in sys.argv[1:]]))
`;

const globProgram = `
import json, sys
from pathlib import Path
root = Path(sys.argv[1])
print(json.dumps([sorted(str(p.relative_to(root)) for p in root.glob(pattern)) for pattern in sys.argv[2:]]))
`;
