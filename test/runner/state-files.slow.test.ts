import { appendFile, link, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { parseState, readStates, writeStates } from '../../src/runner/states/state-files.ts';
import type { StoredState } from '../../src/runner/states/state-files.ts';
import { watchStates } from '../../src/runner/states/watch-states.ts';
import { waitFor } from '../kit/wait.ts';
import { temporaryDirectory } from './kit.ts';

const singer = (id: number) => ({ singer_state: { bookmarks: { numbers: { id } } } });
const text = (id: number) => JSON.stringify({ completed: singer(id), partial: {} });

async function stateFile(directory: string, stateId: string): Promise<string> {
  await mkdir(join(directory, stateId), { recursive: true });
  return join(directory, stateId, 'state.json');
}

test('states are written in the layout of Meltano and read again', async () => {
  const directory = await temporaryDirectory();
  const states = new Map([
    ['dev:tap-a-to-target-b', { completed: singer(1), partial: {} }],
    ['dev:tap-a-to-target-b:Grüße 1', { completed: {}, partial: singer(2) }],
  ]);
  await writeStates(directory, states);
  expect(await readFile(join(directory, 'dev:tap-a-to-target-b', 'state.json'), 'utf8')).toBe(text(1));
  const found = await readStates(directory);
  expect(found.torn).toEqual([]);
  expect(
    new Map([...found.states].map(([id, { completed, partial }]) => [id, { completed, partial }])),
  ).toEqual(states);
});

test('the text of a state goes back as it came, numbers beyond JavaScript included', async () => {
  const exact = '{"completed": {"singer_state": {"lsn": 9007199254740993, "ratio": 1.0}}, "partial": {}}';
  const directory = await temporaryDirectory();
  await writeStates(directory, new Map([['a', { text: exact }]]));
  expect((await readStates(directory)).states.get('a')?.text).toBe(exact);
});

test('a state id that is no file name is refused', async () => {
  const directory = await temporaryDirectory();
  for (const stateId of ['', '.', '..', 'a/b', 'a\0b']) {
    const states = new Map([[stateId, { completed: {}, partial: {} }]]);
    await expect(writeStates(directory, states)).rejects.toThrow('cannot be a state id');
  }
});

test('a missing or null document is empty, and what is no object is no state', () => {
  expect(parseState('{"completed": null}')).toMatchObject({ completed: {}, partial: {} });
  for (const wrong of ['', '{"completed": {', 'null', '[]', '1']) expect(parseState(wrong)).toBeNull();
});

test('a half-written file is read again until it is whole', async () => {
  const directory = await temporaryDirectory();
  const file = await stateFile(directory, 'a');
  await writeFile(file, text(1).slice(0, 20));
  const reading = readStates(directory);
  await sleep(50);
  await appendFile(file, text(1).slice(20));
  expect((await reading).states.get('a')).toMatchObject({ completed: singer(1) });
});

test('a file that stays half-written is named, and no directory holds no states', async () => {
  const directory = await temporaryDirectory();
  await writeFile(await stateFile(directory, 'a'), text(1).slice(0, 20));
  expect(await readStates(directory)).toEqual({ states: new Map(), torn: ['a'] });
  expect(await readStates(join(directory, 'gone'))).toEqual({ states: new Map(), torn: [] });
});

test('changes are told, in new directories too, and what was there before is not', async () => {
  const directory = await temporaryDirectory();
  const old = await stateFile(directory, 'old');
  await writeFile(old, text(1));
  const told: string[] = [];
  const watch = await watchStates(directory, (stateId, state) => void told.push(`${stateId} ${state.text}`));
  await writeFile(await stateFile(directory, 'new'), text(2));
  await waitFor('the new state', () => told.length === 1);
  await writeFile(old, text(3));
  await waitFor('the changed state', () => told.length === 2);
  expect(told).toEqual([`new ${text(2)}`, `old ${text(3)}`]);
  expect(new Set((await watch.close()).keys())).toEqual(new Set(['old', 'new']));
});

test('a change without notice from the file system is found by looking', async () => {
  const [directory, elsewhere] = [await temporaryDirectory(), await temporaryDirectory()];
  const file = await stateFile(directory, 'a');
  await writeFile(file, text(1));
  // Written through its other name, a file changes without an event in its directory.
  await link(file, join(elsewhere, 'state.json'));
  const told: StoredState[] = [];
  const watch = await watchStates(directory, (_, state) => void told.push(state), { quietMs: 1, pollMs: 50 });
  await writeFile(join(elsewhere, 'state.json'), text(2));
  await waitFor('the state', () => told.length === 1);
  expect(told[0]?.completed).toEqual(singer(2));
  await watch.close();
});

test('the last change before the close is told, and a torn file does not take back what was whole', async () => {
  const directory = await temporaryDirectory();
  const file = await stateFile(directory, 'a');
  const told: string[] = [];
  const watch = await watchStates(directory, (_, state) => void told.push(state.text), { quietMs: 60_000 });
  await writeFile(file, text(1));
  expect((await watch.close()).get('a')?.text).toBe(text(1));
  expect(told).toEqual([text(1)]);

  const second = await watchStates(directory, (_, state) => void told.push(state.text));
  await writeFile(file, text(2));
  await waitFor('the second state', () => told.length === 2);
  await writeFile(file, text(3).slice(0, 20));
  expect((await second.close()).get('a')?.text).toBe(text(2));
  expect(second.written()).toBe(true);
});

test('a listener that fails is told of and the watch goes on', async () => {
  const directory = await temporaryDirectory();
  const faults: unknown[] = [];
  const fail = () => Promise.reject(new Error('no'));
  const watch = await watchStates(directory, fail, { onFault: (error) => faults.push(error) });
  await writeFile(await stateFile(directory, 'a'), text(1));
  await waitFor('the fault', () => faults.length === 1);
  await writeFile(await stateFile(directory, 'a'), text(2));
  await watch.close();
  expect(faults.length).toBe(2);
  expect((await stat(join(directory, 'a'))).isDirectory()).toBe(true);
});
