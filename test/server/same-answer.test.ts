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
  const query = `{ project(ref: "demo") { ${alias}: name nested: environments(first: 1) { nodes { ${alias}: name project { ${alias}: id } } } } ${alias}: __typename }`;
  const answers: string[] = [];
  for (let time = 0; time < 3; time++) {
    answers.push(await sent({ query }));
  }
  const url = `${app.url}?query=${encodeURIComponent(query)}`;
  answers.push((await sendRaw(url, { method: 'GET' })).body);
  expect(answers[0]).toContain(`{"project":{"${alias}":"demo","nested":{"nodes":[{"${alias}":"`);
  expect(new Set(answers).size).toBe(1);
});

test('a document that comes again answers by the variables of each request, whatever executes it', async () => {
  const ids = await sent({ query: '{ project(ref: "demo") { id environments { nodes { id } } } }' });
  const [project = '', environment = ''] = [...ids.matchAll(/"id":"([^"]+)"/g)].map(([, id]) => id);
  const query = `query ($id: ID!, $first: Int, $withJobs: Boolean!, $withName: Boolean = true) {
    node(id: $id) {
      ... on Project { name @include(if: $withName) environments(first: $first) { ...Environments } }
      ... on Environment { name @include(if: $withName) project { id name } jobs(last: $first) { nodes { name } } }
    }
  }
  fragment Environments on EnvironmentConnection { nodes { name jobs(first: 2) @include(if: $withJobs) { edges { cursor node { name } } } } }`;
  const requests = [
    { id: project, first: 1, withJobs: true },
    { id: project, first: 2, withJobs: true },
    { id: environment, first: 1, withJobs: true },
    { id: project, first: 1, withJobs: false },
    { id: project, withJobs: true, withName: false },
    { id: environment, first: 2, withJobs: false, withName: false },
    { id: project, first: null, withJobs: false },
  ];
  const answers = new Map<string, Set<string>>();
  for (let round = 0; round < 3; round++) {
    for (const variables of requests) {
      const key = JSON.stringify(variables);
      answers.set(key, (answers.get(key) ?? new Set()).add(await sent({ query, variables })));
    }
  }
  for (const [key, [answer, ...others]] of answers) {
    const url = `${app.url}?query=${encodeURIComponent(query)}&variables=${encodeURIComponent(key)}`;
    expect(others).toEqual([]);
    expect((await sendRaw(url, { method: 'GET' })).body).toBe(answer);
  }
  expect(new Set([...answers.values()].flatMap((one) => [...one])).size).toBe(requests.length);
});

async function sent(body: object): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  return (await sendRaw(app.url, { headers, body: [JSON.stringify(body)] })).body;
}
