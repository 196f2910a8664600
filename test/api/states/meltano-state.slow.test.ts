import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { askMeltano, type Command, type Result } from '../../kit/meltano/ask-meltano.ts';
import { describeWithMeltano } from '../../kit/meltano/meltano.ts';
import { fixture } from '../../kit/data/projects.ts';
import { placeState, readState, storedText } from '../../kit/verbs/states.ts';
import { call } from '../../kit/verbs/call.ts';
import { copies, edits, imported, merges, old, settings, type Documents } from './meltano-state-cases.ts';

describeWithMeltano('the state verbs, beside the real Meltano on the same documents,', () => {
  let app: TestApp;
  let theirs: Map<string, Result>;
  let directory = '';

  beforeAll(async () => {
    directory = await realpath(await mkdtemp(join(tmpdir(), 'meltano-state-')));
    app = await startTestApp({ projects: [{ name: 'desk', directory: fixture('desk') }] });
    for (const [i, { from, over }] of copies.entries()) {
      await place(`from-${i}`, from);
      if (over) await place(`to-${i}`, over);
    }
    for (const [i, { from, over }] of copies.entries()) {
      await place(`away-${i}`, from);
      if (over) await place(`there-${i}`, over);
      await place(`both-${i}`, old);
    }
    for (const i of settings.keys()) await place(`set-${i}`, old);
    for (const i of merges.keys()) await place(`merge-${i}`, old);
    for (const [i, { documents = old }] of edits.entries()) await place(`edit-${i}`, documents);
    for (const stateId of ['clear-0', 'import-0', 'import-3', 'import-4']) await place(stateId, old);
    await writeFile(join(directory, 'imported.json'), imported);
    const commands: [string, Command][] = [
      ...copies.flatMap((_, i): [string, Command][] => [
        [`get ${i}`, ['get', `from-${i}`]],
        [`copy ${i}`, ['copy', '--force', `from-${i}`, `to-${i}`]],
        [`move ${i}`, ['move', '--force', `away-${i}`, `there-${i}`]],
        [`both ${i}`, ['merge', '--from-state-id', `from-${i}`, `both-${i}`]],
      ]),
      ...settings.map((text, i): [string, Command] => [`set ${i}`, ['set', '--force', `set-${i}`, text]]),
      ...merges.flatMap((text, i): [string, Command][] => [
        [`merge ${i}`, ['merge', `merge-${i}`, text]],
        [`make ${i}`, ['merge', `make-${i}`, text]],
      ]),
      ...edits.map(({ edited }, i): [string, Command] => [
        `edit ${i}`,
        ['edit', '--force', `edit-${i}`, { edited }],
      ]),
      ['clear', ['clear', '--force', 'clear-0']],
      ['import', ['import', join(directory, 'imported.json')]],
      ['get all', ['export']],
      ...['copy', 'move'].map((verb): [string, Command] => [
        `${verb} nothing`,
        [verb, '--force', 'no-such-state', 'nowhere'],
      ]),
      ['both nothing', ['merge', '--from-state-id', 'no-such-state', 'nowhere']],
    ];
    const results = await askMeltano(
      directory,
      commands.map(([, command]) => command),
    );
    theirs = new Map(commands.map(([name], i) => [name, results[i] as Result]));
  });

  const theirExit = (name: string): number => theirs.get(name)?.exit ?? -1;

  afterAll(async () => {
    await app.stop();
    await rm(directory, { recursive: true, force: true });
  });

  /** Meltano's file of a state id. */
  function fileOf(stateId: string): string {
    return join(directory, 'states', stateId, 'state.json');
  }

  /** Puts the documents into both stores, as a run leaves them. */
  async function place(stateId: string, documents: Documents): Promise<void> {
    const { completed, partial } = documents;
    await mkdir(dirname(fileOf(stateId)), { recursive: true });
    await writeFile(fileOf(stateId), `{"completed": ${completed}, "partial": ${partial}}`);
    await placeState(app, `desk/dev/${stateId}`, documents);
  }

  /** Compares our documents with Meltano's file in the database, which rounds no number. */
  async function sameDocuments(stateId: string): Promise<void> {
    const file = await readFile(fileOf(stateId), 'utf8');
    const rows = await app.app.store.prisma.$queryRaw<{ ours: string; theirs: string; isSame: boolean }[]>`
      SELECT ours::text, theirs::text, ours = theirs AS "isSame"
      FROM (
        SELECT jsonb_build_object('completed', completed, 'partial', partial) AS ours, ${file}::text::jsonb AS theirs
        FROM "State" WHERE "stateId" = ${stateId}
      ) AS read`;
    expect(rows).toHaveLength(1);
    expect(rows[0]?.isSame, JSON.stringify(rows[0])).toBe(true);
  }

  test('read what Meltano reads: the partial document merged over the completed one', async () => {
    for (const [i, { meltano: expected, title }] of copies.entries()) {
      const state = await readState(app, `desk/dev/from-${i}`);
      const got = theirs.get(`get ${i}`);
      if (expected === 'breaks') expect(got?.exit, title).toBe(1);
      // Meltano's numbers are rounded here as those of any JSON are on this side.
      else expect(state?.merged, title).toEqual(JSON.parse(got?.stdout ?? ''));
    }
  });

  /** Compares what a verb has done to a state id with what Meltano did. */
  async function sameOutcome(
    name: string,
    verb: string,
    input: object,
    { stateId, breaks = false }: { stateId: string; breaks?: boolean },
  ): Promise<void> {
    const answer = await call<object>(app, verb, input, 'state { id }');
    const success = `${verb.charAt(0).toUpperCase()}${verb.slice(1)}Success`;
    if (breaks) {
      expect({ exit: theirExit(name), ours: answer.__typename }).toEqual({ exit: 1, ours: success });
      return;
    }
    expect(answer.__typename).toBe(theirExit(name) === 0 ? success : 'InvalidInput');
    if (theirs.get(name) && (await readFile(fileOf(stateId), 'utf8').catch(() => null)) !== null) {
      await sameDocuments(stateId);
    } else {
      expect(await readState(app, `desk/dev/${stateId}`)).toBeNull();
    }
  }

  const cases = copies.map(({ title, meltano: expected }, i) => ({
    title,
    breaks: expected === 'breaks',
    i,
  }));

  test.each(cases)('copy $title', async ({ i, breaks }) => {
    const input = { state: `desk/dev/from-${i}`, to: { stateId: `to-${i}` } };
    await sameOutcome(`copy ${i}`, 'copyState', input, { stateId: `to-${i}`, breaks });
    await sameDocuments(`from-${i}`);
  });

  test.each(cases)('move $title', async ({ i, breaks }) => {
    const input = { state: `desk/dev/away-${i}`, to: { stateId: `there-${i}` } };
    await sameOutcome(`move ${i}`, 'moveState', input, { stateId: `there-${i}`, breaks });
    if (theirExit(`move ${i}`) === 0) {
      expect(await readFile(fileOf(`away-${i}`), 'utf8').catch(() => null)).toBeNull();
      expect(await readState(app, `desk/dev/away-${i}`)).toBeNull();
    } else if (!breaks) {
      await sameDocuments(`away-${i}`);
    }
  });

  test.each(cases)('merge $title', async ({ i, breaks }) => {
    const source = { state: `desk/dev/from-${i}` };
    const input = { environment: 'desk/dev', stateId: `both-${i}`, source };
    await sameOutcome(`both ${i}`, 'mergeState', input, { stateId: `both-${i}`, breaks });
  });

  test.each([
    ['copy', 'copyState', { state: 'desk/dev/no-such-state', to: { stateId: 'nowhere' } }],
    ['move', 'moveState', { state: 'desk/dev/no-such-state', to: { stateId: 'nowhere' } }],
    [
      'both',
      'mergeState',
      { environment: 'desk/dev', stateId: 'nowhere', source: { state: 'desk/dev/no-such-state' } },
    ],
  ])('refuse what is not there: %s', async (name, verb, input) => {
    expect(theirExit(`${name} nothing`)).toBe(1);
    expect((await call<object>(app, verb, input, 'state { id }')).__typename).toBe('NotFound');
    expect(await readState(app, 'desk/dev/nowhere')).toBeNull();
  });

  test.each(merges.map((text, i) => ({ text, i })))('merge the document $text', async ({ text, i }) => {
    for (const [name, stateId] of [
      [`merge ${i}`, `merge-${i}`],
      [`make ${i}`, `make-${i}`],
    ] as const) {
      const input = { environment: 'desk/dev', stateId, source: { document: { text } } };
      // Meltano breaks down where an object meets something else.
      await sameOutcome(name, 'mergeState', input, { stateId, breaks: stateId === 'merge-1' });
    }
  });

  test.each(edits.map((one, i) => ({ ...one, i })))('edit $title', async ({ patch, i }) => {
    const input = { state: `desk/dev/edit-${i}`, patch };
    await sameOutcome(`edit ${i}`, 'editState', input, { stateId: `edit-${i}` });
  });

  test('clear', async () => {
    expect(theirExit('clear')).toBe(0);
    await sameOutcome('clear', 'clearState', { state: 'desk/dev/clear-0' }, { stateId: 'clear-0' });
  });

  test('import, and export what Meltano exports', async () => {
    expect(theirExit('import')).toBe(0);
    const input = { environment: 'desk/dev', text: imported };
    const answer = await call<object>(app, 'importState', input, 'environment { id }');
    expect(answer.__typename).toBe('ImportStateSuccess');
    for (const stateId of ['import-0', 'import-1', 'import-2', 'import-3', 'import-4']) {
      await sameDocuments(stateId);
    }
    const { project } = await app.query<{ project: { environment: { stateExport: { text: string } } } }>(
      '{ project(ref: "desk") { environment(name: "dev") { stateExport(filter: { pattern: "import-*" }) { text } } } }',
    );
    const all = JSON.parse(theirs.get('get all')?.stdout ?? '') as Record<string, unknown>;
    const ours = JSON.parse(project.environment.stateExport.text) as Record<string, unknown>;
    expect(Object.keys(ours)).toHaveLength(5);
    for (const [stateId, documents] of Object.entries(ours)) expect(documents).toEqual(all[stateId]);
    expect(project.environment.stateExport.text).toContain('9007199254740993');
    expect(theirs.get('get all')?.stdout).toContain('9007199254740993');
  });

  test('Meltano writes numbers in its own way, and the gateway as they were given', async () => {
    const i = settings.findIndex((text) => text.includes('1e2'));
    const file = await readFile(fileOf(`set-${i}`), 'utf8');
    expect(file).toContain('{"power": 100.0, "minus": -0.0, "point": 100.0, "zero": 0.1, "small": 1e-07}');
    const input = { environment: 'desk/dev', stateId: `set-${i}`, document: { text: settings[i] } };
    expect((await call<object>(app, 'setState', input, 'state { id }')).__typename).toBe('SetStateSuccess');
    expect(await storedText(app, `set-${i}`)).toEqual([`${settings[i]?.replaceAll(' ', '') ?? ''} {}`]);
    await sameDocuments(`set-${i}`);
  });

  test.each(settings.map((text, i) => ({ text, i })))('set $text', async ({ text, i }) => {
    const input = { environment: 'desk/dev', stateId: `set-${i}`, document: { text } };
    const answer = await call<object>(app, 'setState', input, 'state { id }');
    expect(answer.__typename).toBe(theirExit(`set ${i}`) === 0 ? 'SetStateSuccess' : 'InvalidInput');
    await sameDocuments(`set-${i}`);
  });
});
