import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { client } from '../../src/client/client.ts';
import type { Terminal } from '../../src/client/session.ts';
import { startScene, type Scene } from '../consumers/scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await startScene();
});
afterAll(() => scene.stop());

/** What a command has printed, said and ended with. */
interface Ended {
  code: number;
  printed: string[];
  said: string[];
}

interface Around {
  /** What its files hold. */
  files?: Record<string, string>;
  isInteractive?: boolean;
  /** What is answered to its question. */
  confirms?: boolean;
  /** Presses Ctrl-C when something has been said or printed that matches. */
  interruptAt?: RegExp;
  env?: Record<string, string>;
}

async function call(
  args: string[],
  { files = {}, isInteractive = false, confirms = true, interruptAt, env }: Around = {},
): Promise<Ended> {
  const printed: string[] = [];
  const said: string[] = [];
  let interrupt = (): void => undefined;
  let isDone = false;
  const look = (text: string): void => {
    if (isDone || interruptAt?.test(text) !== true) return;
    isDone = true;
    interrupt();
  };
  const terminal: Terminal = {
    isInteractive,
    print: (text) => {
      printed.push(text);
      look(text);
    },
    say: (text) => {
      said.push(text);
      look(text);
    },
    confirm: async () => Promise.resolve(confirms),
    onInterrupt: (act) => {
      interrupt = act;
      return () => (interrupt = () => undefined);
    },
    read: async (file) => Promise.resolve(files[file] ?? ''),
  };
  const where = { MELTANO_GRAPHQL_URL: scene.url, API_TOKEN: scene.token };
  const code = await client(
    [...(args.includes('--wait') ? [] : ['--wait', '0']), ...args],
    env ?? where,
    terminal,
  );
  return { code, printed, said };
}

const job = 'demo/dev/sales';

describe('run', () => {
  test('starts a job, says its run, and leaves it', async () => {
    const { code, printed } = await call(['run', job]);
    expect({ code, printed }).toEqual({ code: 0, printed: [expect.any(String)] });
    expect(await call(['cancel', printed[0] ?? ''])).toEqual({ code: 0, printed: ['CANCELLED'], said: [] });
  });

  test('starts blocks in an environment, and none a second time with the same key', async () => {
    const args = [
      'run',
      'demo/dev',
      'tap-till',
      'target-files',
      '--env',
      'TAP_TILL_ROWS=1',
      '--request-id',
      'once',
      '--json',
    ];
    const first = await call(args);
    expect(first.code).toBe(0);
    expect(await call(args)).toEqual(first);
    const { run } = JSON.parse(first.printed[0] ?? '') as { run: { id: string } };
    expect(await call(['cancel', run.id, '--json'])).toMatchObject({ code: 0 });
  });

  test.each([
    ['demo/dev/nosuch', /^NOT_FOUND /],
    ['a/b/c/d', /^\w+ /],
  ])('of %s is refused', async (path, message) => {
    expect(await call(['run', path, '--follow'])).toEqual({
      code: 2,
      printed: [],
      said: [expect.stringMatching(message)],
    });
  });

  test('followed on a terminal, shows what it waits for, and asks at Ctrl-C whether to cancel', async () => {
    const { code, said } = await call(['run', job, '--follow'], {
      isInteractive: true,
      interruptAt: /QUEUED/,
    });
    expect({ code, last: said.at(-1) }).toEqual({
      code: 1,
      last: expect.stringMatching(/^CANCELLED/) as unknown,
    });
  });

  test('goes on when that is answered with no', async () => {
    const around = { isInteractive: true, confirms: false, interruptAt: /QUEUED/ };
    const { code, said } = await call(['run', job, '--follow'], around);
    expect({ code, last: said.at(-1) }).toEqual({
      code: 130,
      last: expect.stringMatching(/^The run goes on: /) as unknown,
    });
    expect(await call(['cancel', job])).toMatchObject({ code: 0 });
  });
});

describe('the commands for a run that has failed', () => {
  let failed: string;
  beforeEach(() => {
    failed = scene.failed[0] ?? '';
  });

  test('logs ends with it', async () => {
    expect(await call(['logs', failed])).toEqual({ code: 0, printed: [], said: [] });
  });

  test('cancel is refused', async () => {
    expect(await call(['cancel', failed])).toEqual({
      code: 2,
      printed: [],
      said: [expect.stringMatching(/^WRONG_STATUS /)],
    });
  });
});

describe('state', () => {
  const path = 'demo/dev/by-hand:of-a-script';
  // JavaScript would round it.
  const document = '{"singer_state":{"bookmarks":{"sales":{"id":9007199254740993}}}}';

  test('is set from a file and got as it was written', async () => {
    const files = { 'state.json': document };
    expect(await call(['state', 'set', path, 'state.json'], { files })).toEqual({
      code: 0,
      printed: [`${path} version 1`],
      said: [],
    });
    const { code, printed } = await call(['state', 'get', path]);
    expect({ code, digits: printed.join().includes('9007199254740993') }).toEqual({ code: 0, digits: true });
    const asJson = await call(['state', 'get', path, '--json']);
    expect(JSON.parse(asJson.printed[0] ?? '')).toMatchObject({
      state: { stateId: 'by-hand:of-a-script', version: 1, document: { singer_state: {} } },
    });
  });

  test('is refused when it is not there, or no state', async () => {
    expect(await call(['state', 'get', 'demo/dev/nosuch'])).toMatchObject({
      code: 2,
      said: [expect.stringMatching(/^NOT_FOUND/)],
    });
    const files = { '-': '[]' };
    expect(await call(['state', 'set', path], { files })).toMatchObject({
      code: 2,
      said: [expect.stringMatching(/^INVALID_INPUT/)],
    });
  });
});

describe('query', () => {
  const files = {
    'q.graphql': 'query ($first: Int!) { projects(first: $first) { nodes { name } } }',
    'bad.graphql': '{ nosuch }',
  };

  test('sends an operation with its variables', async () => {
    const args = ['query', 'q.graphql', '--variables', '{"first":1}', '--json'];
    expect(await call(args, { files })).toEqual({
      code: 0,
      printed: ['{"data":{"projects":{"nodes":[{"name":"demo"}]}}}'],
      said: [],
    });
  });

  test('prints errors, and is refused', async () => {
    expect(await call(['query', 'bad.graphql'], { files })).toMatchObject({
      code: 2,
      printed: [expect.stringContaining('nosuch')],
    });
  });
});

test.each([
  [['run'], /^Name a job/],
  [['run', job, '--nosuch'], /--nosuch/],
  [['logs', job, '--follow'], /^--follow belongs to "run"/],
  [['run', job, '--env', 'X'], /^--env takes NAME=VALUE/],
  [['run', job, '--wait', 'long'], /^--wait takes/],
  [['run', job, '--url', 'localhost:4000'], /^--url is no address/],
  [['run', job, '--api-token-file', '/nonexistent'], /^The file \/nonexistent/],
  [['query', 'q', '--variables', '[]'], /^--variables takes/],
  [['state', 'drop', 'demo/dev/x'], /^There are "state get"/],
  [['state', 'get', 'x'], /^Name a state/],
])('%j makes no sense', async (args, message) => {
  expect(await call(args)).toEqual({ code: 2, printed: [], said: [expect.stringMatching(message)] });
});

test('--help says every command', async () => {
  const { code, printed } = await call(['run', '--help']);
  expect(code).toBe(0);
  for (const word of [
    'run JOB',
    'logs RUN',
    'cancel RUN',
    'state get',
    'query FILE',
    '--follow',
    'Exit codes',
  ]) {
    expect(printed.join()).toContain(word);
  }
});

test('a gateway that wants a token refuses one without', async () => {
  const around = { env: { MELTANO_GRAPHQL_URL: scene.url } };
  for (const args of [
    ['run', job],
    ['logs', job],
  ]) {
    expect(await call(args, around)).toMatchObject({
      code: 2,
      said: [expect.stringMatching(/^UNAUTHENTICATED /)],
    });
  }
});

test('one that is not there is lost', async () => {
  const around = { env: { MELTANO_GRAPHQL_URL: 'http://127.0.0.1:9/graphql' } };
  for (const args of [
    ['run', job],
    ['logs', job],
    ['state', 'get', 'demo/dev/x'],
    ['query', 'q.graphql'],
  ]) {
    expect(await call(args, around)).toMatchObject({
      code: 3,
      said: [expect.stringMatching(/cannot be reached/)],
    });
  }
});
