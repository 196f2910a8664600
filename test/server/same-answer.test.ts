import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestApp } from '../kit/app.ts';
import { sendRaw } from '../kit/http.ts';
import { startSampleApp } from '../kit/sample-app.ts';

let app: TestApp;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ app, stop } = await startSampleApp({ slots: 0 }));
});
afterAll(() => stop());

// A query of a POST is interpreted the first time and compiled for the next; one of a GET is executed by Yoga.
test.each([
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'toJSON',
  'valueOf',
  'hasOwnProperty',
  '__defineGetter__',
  'length',
  'then',
])('a field that is called %s in the answer is there, whatever executes the query', async (alias) => {
  const query = `{ project(name: "demo") { ${alias}: name nested: environments(first: 1) { nodes { ${alias}: name project { ${alias}: id } } } } ${alias}: __typename }`;
  const answers: string[] = [];
  for (let time = 0; time < 3; time++) {
    const headers = { 'content-type': 'application/json' };
    answers.push((await sendRaw(app.url, { headers, body: [JSON.stringify({ query })] })).body);
  }
  const url = `${app.url}?query=${encodeURIComponent(query)}`;
  answers.push((await sendRaw(url, { method: 'GET' })).body);
  expect(answers[0]).toContain(`{"project":{"${alias}":"demo","nested":{"nodes":[{"${alias}":"`);
  expect(new Set(answers).size).toBe(1);
});
