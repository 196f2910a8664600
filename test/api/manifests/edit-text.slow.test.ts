import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { writtenManifests } from '../../kit/data/written-manifests.ts';
import { lineDiff } from '../../kit/data/line-diff.ts';
import { describeWithMeltano } from '../../kit/meltano/meltano.ts';
import { runPython } from '../../kit/meltano/python.ts';
import { done } from '../../kit/verbs/call.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

let projects = 0;

/** A new managed project with a text, and its name. */
async function make(text: string): Promise<string> {
  const name = `p${projects++}`;
  await done(app, 'createProject', { name, text }, 'project { id }');
  return name;
}

async function exported(project: string): Promise<string> {
  return (await done<{ text: string }>(app, 'exportProject', { project }, 'text')).text;
}

async function pluginOf(project: string, name: string): Promise<string> {
  const { project: found } = await app.query<{
    project: { plugins: { nodes: { id: string; name: string }[] } };
  }>('query ($project: ID!) { project(ref: $project) { plugins { nodes { id name } } } }', { project });
  return found.plugins.nodes.find((plugin) => plugin.name === name)?.id ?? '';
}

/** A change through the API. */
interface Edit {
  make: (project: string) => Promise<unknown>;
  /** What each line that differs has in it. */
  lines: RegExp;
  /** How many lines differ at most, apart from those of a text in braces. */
  most: number;
}

/** Does something in both environments. */
const everywhere = async (verb: string, input: (environment: string) => object, answer: string) => {
  for (const environment of ['dev', 'prod']) await done(app, verb, input(environment), answer);
};
const update = async (project: string, name: string, fields: object): Promise<unknown> =>
  done(app, 'updatePlugin', { plugin: await pluginOf(project, name), ...fields }, 'plugin { id }');

const edits: Record<string, Edit> = {
  createEnvironment: {
    make: (project) => done(app, 'createEnvironment', { project, name: 'stage' }, 'environment { id }'),
    lines: /stage|^.\s*$/,
    most: 2,
  },
  'updateEnvironment: suffix and plugin': {
    make: async (project) => {
      const plugins = [{ plugin: await pluginOf(project, 'tap-a'), config: { size: 7 } }];
      const input = { environment: `${project}/prod`, stateIdSuffix: 'eu', plugins };
      await done(app, 'updateEnvironment', input, 'environment { id }');
    },
    lines: /state_id_suffix: eu|config:|plugins:|extractors:|name: tap-a|size: 7/,
    most: 6,
  },
  'updateEnvironment: a variable more': {
    make: (project) =>
      done(
        app,
        'updateEnvironment',
        {
          environment: `${project}/dev`,
          env: [
            { name: 'MODE', value: 'fast' },
            { name: 'NEW', value: '1' },
          ],
        },
        'environment { id }',
      ),
    // An alias of what changes gets its own copy.
    lines: /NEW|env: \*variables/,
    most: 3,
  },
  deleteEnvironment: {
    make: (project) =>
      done(app, 'deleteEnvironment', { environment: `${project}/prod`, force: true }, 'environment { id }'),
    lines: /For all others|prod|^.\s*$/,
    most: 3,
  },
  'moveResource: an environment': {
    make: (project) =>
      done(
        app,
        'moveResource',
        { resource: { environment: `${project}/dev` }, to: { name: 'try' } },
        'resource { id }',
      ),
    lines: /dev|try/,
    most: 4,
  },
  updateProject: {
    make: (project) => done(app, 'updateProject', { project, requiresMeltano: '>=4' }, 'project { id }'),
    lines: /requires_meltano/,
    most: 2,
  },
  createPlugin: {
    make: (project) =>
      done(
        app,
        'createPlugin',
        { project, type: 'EXTRACTOR', name: 'tap-new', namespace: 'new' },
        'plugin { id }',
      ),
    lines: /new|tap-b, inherit|^.\s*$/,
    most: 3,
  },
  'createPlugin: the first of its type': {
    make: (project) =>
      done(
        app,
        'createPlugin',
        { project, type: 'UTILITY', name: 'tool', namespace: 'tool' },
        'plugin { id }',
      ),
    lines: /tool|utilities|^.\s*$/,
    most: 4,
  },
  'updatePlugin: a value': {
    make: (project) => update(project, 'tap-a', { config: { text: 'b' } }),
    lines: /text|folded|config:|<<:|size|nested/,
    most: 6,
  },
  'updatePlugin: a value that is removed': {
    make: (project) => update(project, 'tap-a', { config: { size: null } }),
    lines: /size|How many|config:|<<:|text|nested/,
    most: 6,
  },
  'updatePlugin: a list': {
    make: (project) => update(project, 'tap-a', { select: ['orders.*', '!orders.secret'] }),
    lines: /items|orders.secret/,
    most: 2,
  },
  'updatePlugin: the same again': {
    make: (project) => update(project, 'tap-a', { select: ['orders.*', 'items.*'], namespace: 'tap_a' }),
    lines: /never/,
    most: 0,
  },
  deletePlugin: {
    make: async (project) =>
      done(app, 'deletePlugin', { plugin: await pluginOf(project, 'tap-b'), force: true }, 'plugin { id }'),
    lines: /the same elsewhere|tap-b|inherit_from|config: \*config|^.\s*$|tap-a/,
    most: 4,
  },
  'moveResource: a plugin': {
    make: async (project) =>
      done(
        app,
        'moveResource',
        { resource: { plugin: await pluginOf(project, 'tap-a') }, to: { name: 'tap-z' } },
        'resource { id }',
      ),
    lines: /tap-a|tap-z/,
    most: 8,
  },
  createJob: {
    make: (project) =>
      everywhere(
        'createJob',
        (at) => ({
          environment: `${project}/${at}`,
          name: 'new',
          tasks: [{ blocks: ['tap-b', 'target-a'] }],
        }),
        'job { id }',
      ),
    lines: /new|tasks:|tap-b target-a|^.\s*$/,
    most: 4,
  },
  updateJob: {
    make: (project) =>
      everywhere(
        'updateJob',
        (at) => ({
          job: `${project}/${at}/load`,
          tasks: [
            { blocks: ['tap-a', 'target-a'] },
            { blocks: ['tap-b', 'target-a'] },
            { blocks: ['tap-b', 'target-a', 'tap-a', 'target-a'] },
          ],
        }),
        'job { id }',
      ),
    lines: /tap-b target-a tap-a target-a/,
    most: 2,
  },
  'moveResource: a job': {
    make: (project) =>
      everywhere(
        'moveResource',
        (at) => ({ resource: { job: `${project}/${at}/load` }, to: { name: 'bring' } }),
        'resource { id }',
      ),
    lines: /load|bring/,
    most: 4,
  },
  deleteJob: {
    make: (project) => everywhere('deleteJob', (at) => ({ job: `${project}/${at}/more` }), 'job { id }'),
    lines: /Again|more|tasks: \[tap-a target-a\]/,
    most: 3,
  },
  createSchedule: {
    make: (project) =>
      everywhere(
        'createSchedule',
        (at) => ({ job: `${project}/${at}/load`, name: 'often', interval: '@hourly' }),
        'schedule { id }',
      ),
    lines: /often|interval: "?@hourly|job: load|name: nightly, interval/,
    most: 5,
  },
  updateSchedule: {
    make: (project) =>
      everywhere(
        'updateSchedule',
        (at) => ({
          schedule: `${project}/${at}/nightly`,
          interval: '@daily',
          env: [{ name: 'A', value: '1' }],
        }),
        'schedule { id }',
      ),
    lines: /interval|env:|A: "1"/,
    most: 4,
  },
  deleteSchedule: {
    make: (project) =>
      everywhere('deleteSchedule', (at) => ({ schedule: `${project}/${at}/nightly` }), 'schedule { id }'),
    lines: /schedules:|nightly|interval|job: load|^.\s*$|jobs: /,
    most: 6,
  },
};

/**
 * The lines that differ and have nothing to do with an edit. A line in which the edit is found before or after it
 * may have more in it, and a comma or a line end may follow it now.
 */
function foreign(differing: readonly string[], lines: RegExp): string[] {
  const bare = (line: string): string => line.slice(1).replace(/,?\s*$/, '');
  return differing.filter(
    (line) =>
      !lines.test(line) &&
      !differing.some(
        (other) =>
          !other.startsWith(line.slice(0, 1)) &&
          (bare(other) === bare(line) || (lines.test(other) && other.slice(1, 12) === line.slice(1, 12))),
      ),
  );
}

describe.each(Object.entries(writtenManifests))('a text with %s', (_, text) => {
  test('gets a line with its id when it is taken over, and no other change', async () => {
    const differing = lineDiff(text, await exported(await make(text)));
    expect(foreign(differing, /^\+\s*project_id: /)).toEqual([]);
    expect(differing.length).toBeLessThanOrEqual(3);
  });

  test.each(Object.entries(edits))(
    'changes by %s in the lines of that alone',
    async (_verb, { make: edit, lines, most }) => {
      const project = await make(text);
      const before = await exported(project);
      await edit(project);
      const after = await exported(project);
      const differing = lineDiff(before, after);
      expect(foreign(differing, lines)).toEqual([]);
      expect(differing.length).toBeLessThanOrEqual(most * 2);
      expect(differing.length > 0).toBe(most > 0);
      const planned = await done<{ plan: { changes: unknown[] } }>(
        app,
        'planProject',
        { project, text: after, prune: true },
        'plan { changes { name } }',
      );
      expect(planned.plan.changes).toEqual([]);
    },
  );
});

describeWithMeltano('the real Meltano', () => {
  test('loads what is exported, after all edits, to the same', async () => {
    const home = await mkdtemp(join(tmpdir(), 'edited-'));
    try {
      const texts: string[] = [];
      const values: unknown[] = [];
      for (const text of Object.values(writtenManifests)) {
        const project = await make(text);
        for (const name of [
          'updateProject',
          'createPlugin',
          'updateJob',
          'createSchedule',
          'updatePlugin: a value',
          'deleteEnvironment',
        ]) {
          await edits[name]?.make(project).catch(() => undefined);
          const { project: found } = await app.query<{
            project: { manifest: { text: string; json: unknown } };
          }>('query ($project: ID!) { project(ref: $project) { manifest { text json } } }', { project });
          texts.push(found.manifest.text);
          values.push(found.manifest.json);
        }
      }
      await Promise.all(texts.map((text, i) => writeFile(join(home, `${i}.yml`), text)));
      const loaded = await runPython(program, { home, args: texts.map((_, i) => join(home, `${i}.yml`)) });
      expect(loaded).toEqual(values);
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  });
});

/** Loads files by the loader that Meltano uses; dates become text, as they do for us. */
const program = `
import json, sys
from pathlib import Path
from meltano.core import yaml
from ruamel.yaml.scanner import ScannerError
def plain(value):
    if isinstance(value, dict): return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value
def load(path):
    try: return plain(yaml.load(Path(path)))
    except ScannerError: return None
print(json.dumps([load(path) for path in sys.argv[1:]], default=str))
`;
