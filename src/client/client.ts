import { readFile } from 'node:fs/promises';
import { commandHelp, readArguments, UsageError, type CommandName, type Given } from './arguments.ts';
import { Lost, Refused, remote } from './gateway.ts';
import { cancel, logs, query, state } from './other-commands.ts';
import { run } from './run.ts';
import { exitCodes, type Command, type Terminal } from './session.ts';

const commands: Record<CommandName, Command> = { run, logs, cancel, state, query };

/** The variables that say where the gateway is. */
export type ClientEnvironment = Readonly<Record<string, string | undefined>>;

/** Does a command at a gateway that runs elsewhere. @returns the number with which the program ends */
export async function client(
  args: readonly string[],
  env: ClientEnvironment,
  terminal: Terminal,
): Promise<number> {
  try {
    const given = readArguments(args);
    if (given.help) {
      terminal.print(commandHelp());
      return exitCodes.succeeded;
    }
    const gateway = remote(urlOf(given, env), await tokenOf(given, env), given.waitMs);
    return await commands[given.command]({ given, gateway, terminal });
  } catch (error) {
    if (error instanceof UsageError) terminal.say(`${error.message}\n\n${commandHelp()}`);
    else if (error instanceof Refused || error instanceof Lost) terminal.say(error.message);
    else throw error;
    return error instanceof Lost ? exitCodes.lost : exitCodes.refused;
  }
}

function urlOf({ url }: Given, { MELTANO_GRAPHQL_URL }: ClientEnvironment): string {
  const given = url ?? MELTANO_GRAPHQL_URL ?? '';
  const text = given === '' ? 'http://127.0.0.1:4000/graphql' : given;
  if (!/^https?:\/\//.test(text) || !URL.canParse(text))
    throw new UsageError(`--url is no address: "${text}".`);
  return text;
}

async function tokenOf({ tokenFile }: Given, env: ClientEnvironment): Promise<string | null> {
  const file = tokenFile ?? env.API_TOKEN_FILE ?? '';
  const { API_TOKEN: token = '' } = env;
  if (file === '') return token === '' ? null : token;
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch {
    throw new UsageError(`The file ${file} of --api-token-file cannot be read.`);
  }
}
