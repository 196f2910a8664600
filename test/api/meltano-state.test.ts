import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { describeWithMeltano, meltano } from '../kit/meltano.ts';
import { fixture } from '../kit/projects.ts';
import { placeState, readState } from '../kit/states.ts';
import { call } from '../kit/verbs.ts';

/** The two documents of a state id, each as JSON text. */
interface Documents {
  completed: string;
  partial: string;
}

/** What is copied, and what it is copied over. `meltano` says where Meltano itself breaks down. */
const copies: { title: string; from: Documents; over?: Documents; meltano?: 'breaks' }[] = [
  {
    title: 'a completed document alone',
    from: { completed: '{"singer_state": {"bookmarks": {"a": {"at": "2026-01-01"}}}}', partial: '{}' },
  },
  {
    title: 'a partial document alone',
    from: { completed: '{}', partial: '{"singer_state": {"bookmarks": {"a": {"at": 1}}}}' },
  },
  {
    title: 'a partial document merged over a completed one, key by key',
    from: {
      completed: '{"singer_state": {"bookmarks": {"a": {"at": 1, "by": "id"}, "b": {"at": 2}}, "v": 1}}',
      partial: '{"singer_state": {"bookmarks": {"a": {"at": 5}, "c": {"at": 3}}, "w": 2}}',
    },
  },
  {
    title: 'lists, scalars and null, which replace what they meet',
    from: {
      completed:
        '{"singer_state": {"list": [1, {"a": 1}], "text": "old", "gone": 1, "empty": {}, "object": {"a": 1}}}',
      partial:
        '{"singer_state": {"list": [{"b": 2}], "text": "new", "gone": null, "empty": {}, "object": 7}}',
    },
  },
  {
    title: 'an object that meets something else',
    from: {
      completed: '{"singer_state": {"was": 5}}',
      partial: '{"singer_state": {"was": {"now": "object"}}}',
    },
    meltano: 'breaks',
  },
  {
    title: 'an empty partial object over one with keys',
    from: {
      completed: '{"singer_state": {"bookmarks": {"a": 1}}}',
      partial: '{"singer_state": {"bookmarks": {}}}',
    },
  },
  {
    title: 'keys beside singer_state',
    from: { completed: '{"singer_state": {}, "note": {"a": 1}}', partial: '{"note": {"b": 2}}' },
  },
  {
    title: 'whole numbers that no JavaScript number holds, merged and not',
    from: {
      completed:
        '{"singer_state": {"kept": 9007199254740993, "deep": [{"n": -9223372036854775807}], "over": 1}}',
      partial:
        '{"singer_state": {"over": 123456789012345678901234567890, "text": "9007199254740993, \\"n1\\": 2"}}',
    },
  },
  {
    title: 'odd texts and keys',
    from: {
      completed:
        '{"singer_state": {"\\"q\\\\": "ü\\u20ac\\ud83d\\ude00", "": {"y": 1}, "__proto__": {"a": 1}, "n5": "s\\\\"}}',
      partial: '{"singer_state": {"__proto__": {"b": 2}, "": {"x": "\\n\\t/"}}}',
    },
  },
  {
    title: 'over a destination with documents of its own, both of which go',
    from: { completed: '{"singer_state": {"a": 1}}', partial: '{}' },
    over: { completed: '{"singer_state": {"b": 1}}', partial: '{"singer_state": {"c": 1}}' },
  },
  { title: 'a state without singer_state', from: { completed: '{"other": 1}', partial: '{}' } },
  { title: 'a state of two empty documents', from: { completed: '{}', partial: '{}' } },
];

/** What is set, over a state with a partial document. */
const settings = [
  '{"singer_state": {"bookmarks": {"a": {"at": "2026-01-01"}}}}',
  '{"singer_state": {"big": 9007199254740993, "float": 1.5, "small": 1e-7}}',
  '{"singer_state": null, "note": [1, 2]}',
  '{"singer_state": [], "ü": "\\u20ac"}',
  '{"singer_state": {}, "singer_state": {"last": true}}',
  '{"bookmarks": {}}',
  '[1]',
  '"singer_state"',
  '{"singer_state": ',
  '',
];

const old: Documents = {
  completed: '{"singer_state": {"old": 1}}',
  partial: '{"singer_state": {"older": 1}}',
};

describeWithMeltano('the state verbs, beside the real Meltano on the same documents,', () => {
  let app: TestApp;
  let theirs: Result[];
  let directory = '';

  beforeAll(async () => {
    directory = await realpath(await mkdtemp(join(tmpdir(), 'meltano-state-')));
    app = await startTestApp({ projects: [{ name: 'desk', directory: fixture('desk') }] });
    for (const [i, { from, over }] of copies.entries()) {
      await place(`from-${i}`, from);
      if (over) await place(`to-${i}`, over);
    }
    for (const i of settings.keys()) await place(`set-${i}`, old);
    theirs = await askMeltano(directory, [
      ...copies.map((_, i) => ['get', `from-${i}`]),
      ...copies.map((_, i) => ['copy', '--force', `from-${i}`, `to-${i}`]),
      ...settings.map((text, i) => ['set', '--force', `set-${i}`, text]),
      ['copy', '--force', 'no-such-state', 'nowhere'],
    ]);
  }, 120_000);

  afterAll(async () => {
    await app.stop();
    await rm(directory, { recursive: true, force: true });
  });

  /** Puts the documents into both stores, as a run leaves them. */
  async function place(stateId: string, documents: Documents): Promise<void> {
    const { completed, partial } = documents;
    await mkdir(join(directory, stateId), { recursive: true });
    await writeFile(
      join(directory, stateId, 'state.json'),
      `{"completed": ${completed}, "partial": ${partial}}`,
    );
    await placeState(app, `desk/dev/${stateId}`, documents);
  }

  /** Compares our documents with Meltano's file in the database, which keeps all numbers as they are. */
  async function sameDocuments(stateId: string): Promise<void> {
    const file = await readFile(join(directory, stateId, 'state.json'), 'utf8');
    const rows = await app.app.store.prisma.$queryRaw<{ ours: string; theirs: string }[]>`
      SELECT jsonb_build_object('completed', completed, 'partial', partial)::text AS ours,
        ${file}::text::jsonb::text AS theirs
      FROM "State" WHERE "stateId" = ${stateId}`;
    expect(rows).toHaveLength(1);
    expect(rows[0]?.ours).toBe(rows[0]?.theirs);
  }

  test('read what Meltano reads: the partial document merged over the completed one', async () => {
    for (const [i, { meltano: expected, title }] of copies.entries()) {
      const state = await readState(app, `desk/dev/from-${i}`);
      const got = theirs[i];
      if (expected === 'breaks') expect(got?.exit, title).toBe(1);
      // Meltano's numbers are rounded here as those of any JSON are on this side.
      else expect(state?.merged, title).toEqual(JSON.parse(got?.stdout ?? ''));
    }
  });

  test.each(copies.map((one, i) => ({ ...one, i })))(
    'copy $title',
    async ({ i, meltano: expected, over }) => {
      const input = { from: `desk/dev/from-${i}`, to: { stateId: `to-${i}` } };
      const answer = await call<object>(app, 'copyState', input, 'state { id }');
      const result = theirs[copies.length + i];
      if (expected === 'breaks') {
        expect({ exit: result?.exit, ours: answer.__typename }).toEqual({
          exit: 1,
          ours: 'CopyStateSuccess',
        });
        return;
      }
      const done = result?.exit === 0;
      expect(answer.__typename).toBe(done ? 'CopyStateSuccess' : 'InvalidInput');
      if (done || over) await sameDocuments(`to-${i}`);
      else expect(await readState(app, `desk/dev/to-${i}`)).toBeNull();
      await sameDocuments(`from-${i}`);
    },
  );

  test('refuse to copy what is not there', async () => {
    expect(theirs.at(-1)?.exit).toBe(1);
    const input = { from: 'desk/dev/no-such-state', to: { stateId: 'nowhere' } };
    expect((await call<object>(app, 'copyState', input, 'state { id }')).__typename).toBe('NotFound');
    expect(await readState(app, 'desk/dev/nowhere')).toBeNull();
  });

  test.each(settings.map((text, i) => ({ text, i })))('set $text', async ({ text, i }) => {
    const input = { environment: 'desk/dev', stateId: `set-${i}`, state: text };
    const answer = await call<object>(app, 'setState', input, 'state { id }');
    const { exit } = theirs[2 * copies.length + i] ?? {};
    expect(answer.__typename).toBe(exit === 0 ? 'SetStateSuccess' : 'InvalidInput');
    await sameDocuments(`set-${i}`);
  });
});

interface Result {
  exit: number;
  stdout: string;
}

/** Calls `meltano state …` with a directory as state backend: the real command line, many times in one process. */
async function askMeltano(states: string, commands: readonly string[][]): Promise<Result[]> {
  const home = await mkdtemp(join(tmpdir(), 'meltano-home-'));
  try {
    await writeFile(join(home, 'meltano.yml'), 'project_id: 0\nenvironments: [{name: dev}]\n');
    const { stdout } = await execa(
      join(dirname(await realpath(meltano ?? '')), 'python'),
      ['-W', 'ignore', '-c', program],
      {
        cwd: home,
        input: JSON.stringify(commands.map((command) => ['state', ...command])),
        extendEnv: false,
        env: {
          PATH: process.env.PATH ?? '',
          HOME: home,
          MELTANO_PROJECT_READONLY: '1',
          MELTANO_SYS_DIR_ROOT: join(home, 'system'),
          MELTANO_DATABASE_URI: `sqlite:///${home}/meltano.db`,
          MELTANO_STATE_BACKEND_URI: `file://${states}`,
          MELTANO_SEND_ANONYMOUS_USAGE_STATS: 'false',
          MELTANO_DISABLE_TRACKING: 'true',
          MELTANO_CLI_DISABLE_VERSION_CHECK: '1',
          NO_COLOR: '1',
        },
      },
    );
    return JSON.parse(stdout) as Result[];
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

const program = `
import json, sys
from click.testing import CliRunner
from meltano.cli import cli
runner = CliRunner()
results = [runner.invoke(cli, args) for args in json.load(sys.stdin)]
print(json.dumps([{'exit': result.exit_code, 'stdout': result.stdout} for result in results]))
`;
