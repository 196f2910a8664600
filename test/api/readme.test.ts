import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { schema } from '../../src/schema/index.ts';
import type { TestApp } from '../kit/app.ts';
import { startSampleApp } from '../kit/sample-app.ts';
import { emptySystemDatabase } from '../kit/system-database.ts';

const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
const operations = [...readme.matchAll(/^\|[^|]*\|[^|]*\| `((?:mutation|\{)[^`]*)` +\|$/gm)].map(
  ([, operation = '']) => operation,
);

let app: TestApp;
let stop: () => Promise<void>;
beforeAll(async () => {
  const sampleApp = await startSampleApp({ slots: 0 });
  ({ app, stop } = sampleApp);
  await emptySystemDatabase(sampleApp.sample.project.directory);
});
afterAll(() => stop());

test('the README has an operation for each mutation', () => {
  const shown = operations.flatMap((operation) => /^mutation[^{]*\{ (\w+)/.exec(operation)?.[1] ?? []);
  expect([...new Set(shown)].sort()).toEqual(
    Object.keys(schema.getMutationType()?.getFields() ?? {})
      // It would take the sample project away from those that follow.
      .filter((name) => !['deleteProject', 'deletePlugin'].includes(name))
      .sort(),
  );
});

test('each operation of the README runs as it is printed', async () => {
  let id: string | undefined;
  for (const operation of operations) {
    const data = await app.query<object>(operation, operation.includes('$id') ? { id } : {});
    const text = JSON.stringify(data);
    if (operation.startsWith('mutation'))
      expect(text, operation).toMatch(/"__typename":"(\w+Success|Validated)"/);
    id = /"id":"([^"]+)"/.exec(text)?.[1] ?? id;
  }
});
