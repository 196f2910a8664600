import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

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
