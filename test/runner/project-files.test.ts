import { lstat, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeProjectFiles } from '../../src/runner/project-files.ts';

let root: string;
let directory: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'meltano-graphql-files-'));
  directory = join(root, 'project');
  await mkdir(directory);
});
afterEach(() => rm(root, { recursive: true }));

const at = (name: string): string => join(directory, name);
const read = (name: string): Promise<string> => readFile(at(name), 'utf8');

/** Writes files with these texts. A name that ends with `*` can be executed. */
async function write(
  texts: Record<string, string>,
): Promise<{ listed: number; written: number; removed: number }> {
  let listed = 0;
  const files = Object.entries(texts).map(([name, text]) => ({
    id: name,
    path: name.replace('*', ''),
    digest: text,
    isExecutable: name.endsWith('*'),
  }));
  const digest = files.length === 0 ? null : JSON.stringify(texts);
  const { written, removed } = await writeProjectFiles(directory, digest, {
    list: () => {
      listed += 1;
      return Promise.resolve(files);
    },
    textOf: ({ digest }) => Promise.resolve(digest),
  });
  return { listed, written, removed };
}

test('writes what is new or changed, and removes what is gone', async () => {
  const texts = { 'models/orders.sql': 'select 1', 'bin/tap*': '#!/bin/sh' };
  expect(await write(texts)).toEqual({ listed: 1, written: 2, removed: 0 });
  expect(await read('models/orders.sql')).toBe('select 1');
  expect((await lstat(at('models/orders.sql'))).mode & 0o777).toBe(0o600);
  expect((await lstat(at('bin/tap'))).mode & 0o777).toBe(0o700);
  // Nothing is read of the store when nothing has changed.
  expect(await write(texts)).toEqual({ listed: 0, written: 0, removed: 0 });
  const { ino } = await lstat(at('bin/tap'));
  await writeFile(at('models/own.txt'), 'by a run');
  expect(await write({ ...texts, 'models/orders.sql': 'select 2' })).toMatchObject({
    written: 1,
    removed: 0,
  });
  expect((await lstat(at('bin/tap'))).ino).toBe(ino);
  expect(await write({ 'models/orders.sql': 'select 2' })).toMatchObject({ written: 0, removed: 1 });
  expect((await readdir(directory)).sort()).toEqual(['.meltano-graphql-files.json', 'models']);
  expect(await write({})).toMatchObject({ written: 0, removed: 1 });
  // What others have made stays.
  expect(await readdir(at('models'))).toEqual(['own.txt']);
});

test('a file becomes a folder, and a folder a file', async () => {
  await write({ a: '1' });
  await write({ 'a/b': '2' });
  expect(await read('a/b')).toBe('2');
  await write({ a: '3' });
  expect(await read('a')).toBe('3');
});

test('writes again what others have changed', async () => {
  const texts = { 'models/orders.sql': 'select 1' };
  await write(texts);
  await writeFile(at('models/orders.sql'), 'select 1 -- by hand');
  expect(await write(texts)).toMatchObject({ written: 1 });
  expect(await read('models/orders.sql')).toBe('select 1');
  await rm(at('models'), { recursive: true });
  expect(await write(texts)).toMatchObject({ written: 1 });
  // A record that was cut off says nothing.
  await writeFile(at('.meltano-graphql-files.json'), '{"digest": "x", "fil');
  expect(await write(texts)).toMatchObject({ written: 1 });
});

test('follows no link out of the directory', async () => {
  const outside = join(root, 'outside');
  await mkdir(outside);
  await writeFile(join(outside, 'kept'), 'kept');
  const texts = { 'models/kept': 'select 1', before: '1' };
  await symlink(outside, at('models'));
  await expect(write(texts)).rejects.toThrow(
    'the file "models/kept" of the project could not be written: "models" is a link',
  );
  expect(await readFile(join(outside, 'kept'), 'utf8')).toBe('kept');
  await rm(at('models'));
  await mkdir(at('models'));
  await symlink(join(outside, 'kept'), at('models/kept'));
  await write(texts);
  expect(await read('models/kept')).toBe('select 1');
  expect((await lstat(at('models/kept'))).isFile()).toBe(true);
  await rm(at('models'), { recursive: true });
  await symlink(outside, at('models'));
  // Nor to remove something.
  await write({ before: '1' });
  expect(await readFile(join(outside, 'kept'), 'utf8')).toBe('kept');
});

test('runs that start at the same time do not disturb each other', async () => {
  const texts = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`f${i}`, `${i}`]));
  const all = await Promise.all([1, 2, 3, 4].map(() => write(texts)));
  expect(all.map(({ written }) => written)).toEqual([20, 0, 0, 0]);
});

test('tells when a file has changed meanwhile, and does not forget what it has written', async () => {
  const file = { id: 'a', path: 'a', digest: '1', isExecutable: false };
  const source = { list: () => Promise.resolve([file]), textOf: () => Promise.resolve(null) };
  await write({ a: '1', b: '2' });
  await rm(at('a'));
  expect(await writeProjectFiles(directory, 'other', source)).toMatchObject({ isOvertaken: true });
  expect(await write({})).toMatchObject({ removed: 2 });
});
