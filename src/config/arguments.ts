import { parseArgs } from 'node:util';
import type { Config } from './config.ts';
import { settings, type Setting } from './settings.ts';

/** The arguments or environment variables are not valid. The message has one line for each mistake. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/** The values of flags, by name. */
export type FlagValues = Record<string, string | boolean | (string | boolean)[] | undefined>;

/** What this program can be, by the word that says so. */
const words = new Map<string, Config['command']>([
  ['serve', 'SERVE'],
  ['worker', 'WORKER'],
  ['demo', 'DEMO'],
  ['doctor', 'DOCTOR'],
  ['backup', 'BACKUP'],
  ['restore', 'RESTORE'],
]);

/** Parses the arguments. @throws ConfigError */
export function parseArguments(args: readonly string[]): {
  values: FlagValues;
  command: Config['command'];
  /** The file of `backup` and `restore`; null for any other command. */
  file: string | null;
} {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: Object.fromEntries(
        Object.entries<Setting>(settings).map(([name, setting]) => [
          name,
          setting.value === undefined
            ? { type: 'boolean' as const }
            : { type: 'string' as const, multiple: setting.multiple === true },
        ]),
      ),
    });
    const [word = 'serve', ...more] = positionals;
    const named = words.get(word);
    const file = named === 'BACKUP' || named === 'RESTORE' ? (more.shift() ?? '') : null;
    if (file === '' && values.help !== true) throw new ConfigError(`"${word}" needs a file.`);
    if (named === undefined || more.length > 0) {
      throw new ConfigError(
        `"${positionals.join(' ')}" is not understood; the commands are ${[...words.keys()].join(', ')}.`,
      );
    }
    const command = values.help ? 'HELP' : values.version ? 'VERSION' : named;
    if (values.json === true && (command === 'SERVE' || command === 'WORKER'))
      throw new ConfigError('--json belongs to "doctor".');
    return { values, command, file };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(explainArguments(error as NodeJS.ErrnoException));
  }
}

/**
 * The arguments without those that hold a secret or say where one is: the address of a database, and the file of the
 * token.
 */
export function withoutSecrets(args: readonly string[]): string[] {
  const secret = ['--database-url', '--api-token-file'];
  return args.filter(
    (arg, i) =>
      !secret.includes(arg) &&
      !secret.includes(args[i - 1] ?? '') &&
      !secret.some((flag) => arg.startsWith(`${flag}=`)),
  );
}

// The messages of node:util have several lines and speak of positional arguments.
function explainArguments({ code, message }: NodeJS.ErrnoException): string {
  const option = /'(--?[^' =<]+)/.exec(message)?.[1] ?? '';
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return `There is no flag ${option}. See --help.`;
  if (code !== 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE') return `${message.split('\n')[0] ?? ''}. See --help.`;
  return message.includes('does not take an argument')
    ? `${option} takes no value.`
    : `${option} needs a value; one that begins with - is written ${option}=-….`;
}
