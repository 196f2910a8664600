import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pid } from 'node:process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { removeAbandoned } from './kit/set-up/temporary-files.ts';

const root = fileURLToPath(new URL('.', import.meta.url));

/** The test files with a text that matches. */
async function filesWith(pattern: RegExp): Promise<string[]> {
  const files = (await readdir(root, { recursive: true })).filter((file) => file.endsWith('.test.ts'));
  const texts = await Promise.all(files.map((file) => readFile(`${root}${file}`, 'utf8')));
  return files.filter((_file, i) => pattern.test(texts[i] ?? '')).sort();
}

test('what only a server can do is in files that the suites of the embedded database leave to those of a server', async () => {
  const files = await filesWith(/^ *describeOnServer\(/m);
  expect(files).not.toEqual([]);
  expect(files).toEqual(await filesWith(/ describeOnServer[ ,]/));
  const named = (await readdir(root, { recursive: true })).filter((file) =>
    /\.server(\.slow)?\.test\.ts$/.test(file),
  );
  expect(files).toEqual(named.sort());
});

test('no test is left out without being counted as skipped', async () => {
  expect(await filesWith(/\? *(?:test|describe\w*)\b[^?\n]* : |: *\(\) => undefined;/)).toEqual([]);
});

test('what killed tests have left is removed, and nothing else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'meltano-graphql-abandoned-'));
  // No process has the highest number.
  const gone = ['meltano-graphql-tests-2147483647-abc'];
  const kept = [`meltano-graphql-tests-${pid}-abc`, 'meltano-graphql-tests-abc', 'x-2147483647-abc'];
  for (const name of [...gone, ...kept]) await mkdir(join(folder, name, 'store'), { recursive: true });
  await removeAbandoned(folder);
  expect((await readdir(folder)).sort()).toEqual(kept.sort());
  await removeAbandoned(join(folder, 'nowhere'));
  await rm(folder, { recursive: true });
});
