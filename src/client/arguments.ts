import { parseArgs, type ParseArgsConfig } from 'node:util';

/** The commands, with what each takes and does. */
export const commands = {
  run: [
    'run JOB | ENVIRONMENT BLOCK…',
    'start a job, or blocks in an environment; --follow until it has ended',
  ],
  logs: ['logs RUN', 'the lines of a run, until it has ended'],
  cancel: ['cancel RUN', 'ask a run to stop'],
  state: [
    'state get STATE | state set STATE [FILE]',
    'print a state document, or replace it; - or no FILE reads the input',
  ],
  query: ['query FILE', 'send an operation of your own; --variables with JSON'],
} as const;

export type CommandName = keyof typeof commands;

const options = {
  url: { type: 'string' },
  'api-token-file': { type: 'string' },
  wait: { type: 'string', default: '30' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
  follow: { type: 'boolean', default: false },
  'full-refresh': { type: 'boolean', default: false },
  env: { type: 'string', multiple: true, default: [] },
  'request-id': { type: 'string' },
  variables: { type: 'string', default: '{}' },
} satisfies ParseArgsConfig['options'];

/** Options that belong to one command. */
const own: Partial<Record<keyof typeof options, CommandName>> = {
  follow: 'run',
  'full-refresh': 'run',
  env: 'run',
  'request-id': 'run',
  variables: 'query',
};

/** What a command was given. */
export interface Given {
  command: CommandName;
  /** What follows the name of the command, without flags. */
  words: string[];
  url: string | undefined;
  tokenFile: string | undefined;
  /** For how long a gateway that cannot be reached is waited for, in milliseconds. */
  waitMs: number;
  json: boolean;
  help: boolean;
  follow: boolean;
  fullRefresh: boolean;
  env: { name: string; value: string }[];
  requestId: string | undefined;
  variables: Record<string, unknown>;
}

/** The arguments make no sense. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** Whether the first argument is a command for a gateway that runs elsewhere. */
export function isCommand(word: string | undefined): word is CommandName {
  return word !== undefined && Object.hasOwn(commands, word);
}

/** Reads the arguments. @throws UsageError */
export function readArguments(args: readonly string[]): Given {
  const { values, positionals } = parsed(args);
  const [command, ...words] = positionals;
  if (!isCommand(command)) throw new UsageError('The command comes first.');
  for (const [option, of] of Object.entries(own)) {
    const isGiven = args.some((arg) => arg === `--${option}` || arg.startsWith(`--${option}=`));
    if (isGiven && of !== command) throw new UsageError(`--${option} belongs to "${of}".`);
  }
  const wait = Number(values.wait);
  if (!/^\d{1,5}$/.test(values.wait)) throw new UsageError('--wait takes a whole number of seconds.');
  return {
    ...{ command, words, url: values.url, tokenFile: values['api-token-file'], waitMs: wait * 1000 },
    ...{ json: values.json, help: values.help, follow: values.follow, fullRefresh: values['full-refresh'] },
    env: values.env.map(readVariable),
    requestId: values['request-id'],
    variables: readObject(values.variables),
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message.split('\n')[0] ?? '');
  }
}

function readVariable(text: string): { name: string; value: string } {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError('--env takes NAME=VALUE.');
  return { name: text.slice(0, at), value: text.slice(at + 1) };
}

function readObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new UsageError('--variables takes a JSON object.');
}

/** What `--help` of a command prints. */
export function commandHelp(): string {
  const lines = Object.values(commands).map(
    ([usage, does]) => `  meltano-graphql ${usage.padEnd(42)}${does}`,
  );
  return [
    ...lines,
    '',
    'JOB, ENVIRONMENT and RUN are ids or paths, such as demo/dev/sales; the path of a job names its newest run.',
    'STATE is a path: the environment, and the state id, as in demo/dev/dev:tap-till-to-target-files.',
    '',
    '  --url URL               the gateway (environment: MELTANO_GRAPHQL_URL; default: http://127.0.0.1:4000/graphql)',
    '  --api-token-file FILE   file with its token (environment: API_TOKEN_FILE, or API_TOKEN for the token itself)',
    '  --wait SECONDS          how long to wait for a gateway that cannot be reached (default: 30)',
    '  --json                  print JSON, an object in each line',
    '  --follow                run: print its lines, or its blocks on a terminal, until it has ended',
    '  --env NAME=VALUE        run: a variable for this run; may be given several times',
    '  --full-refresh          run: load everything again',
    '  --request-id KEY        run: a key, with which the same command starts no second run',
    '  --variables JSON        query: the variables of the operation',
    '',
    'Exit codes: 0 succeeded, 1 the run did not succeed, 2 refused, 3 the gateway was lost.',
  ].join('\n');
}
