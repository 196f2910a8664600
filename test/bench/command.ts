import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** Prints a line for whoever runs the benchmark. */
export type Say = (line: string) => void;

/** What can be said to a command, beside its name. */
interface Flag<T> {
  /** What the help calls its value. */
  value: string;
  says: string;
  /** @param text what was said, undefined when nothing was. @throws when it makes no sense */
  read: (text: string | undefined, name: string) => T;
}

type Flags = Record<string, Flag<unknown>>;
type Values<F extends Flags> = { [Name in keyof F]: ReturnType<F[Name]['read']> };

/** A command of the benchmark. */
export interface Command {
  /** What it measures, in a line. */
  summary: string;
  /** Its flags, a line for each. */
  help: string;
  /** @throws when the flags make no sense */
  run: (args: readonly string[], say: Say) => Promise<void>;
}

interface Definition<F extends Flags> {
  summary: string;
  flags: F;
  /** A word for several flags with their values, such as `quick`. Flags that are given beside it win. */
  shorthands?: Record<string, readonly string[]>;
  run: (values: Values<F>, say: Say) => Promise<void>;
}

/** Makes a command of its flags and of what it does with their values. */
export function defineCommand<F extends Flags>(definition: Definition<F>): Command {
  const { summary, flags, shorthands = {}, run } = definition;
  const lines = [
    ...Object.entries(flags).map(([name, { value, says }]) => [`--${name} ${value}`, says] as const),
    ...Object.entries(shorthands).map(
      ([name, stands]) => [`--${name}`, `the same as ${stands.join(' ')}`] as const,
    ),
  ];
  const width = Math.max(...lines.map(([flag]) => flag.length));
  return {
    summary,
    help: lines.map(([flag, says]) => `  ${flag.padEnd(width)}  ${says}`).join('\n'),
    run: (args, say) => run(valuesOf(flags, withoutShorthands(args, shorthands)), say),
  };
}

function withoutShorthands(args: readonly string[], shorthands: Record<string, readonly string[]>): string[] {
  const names = Object.keys(shorthands).filter((name) => args.includes(`--${name}`));
  const rest = args.filter((arg) => !names.includes(arg.replace(/^--/, '')));
  return [...names.flatMap((name) => shorthands[name] ?? []), ...rest];
}

function valuesOf<F extends Flags>(flags: F, args: string[]): Values<F> {
  const options = Object.fromEntries(Object.keys(flags).map((name) => [name, { type: 'string' as const }]));
  const { values } = parseArgs({ args, options });
  const entries = Object.entries(flags).map(([name, flag]) => [name, flag.read(values[name], name)] as const);
  return Object.fromEntries(entries) as Values<F>;
}

/** A whole number; it may be written with commas. */
export function count(byDefault: number, says: string, least = 1): Flag<number> {
  return {
    value: 'N',
    says: `${says} (${byDefault.toLocaleString('en')})`,
    read: (text, name) => {
      const value = text === undefined ? byDefault : Number(text.replaceAll(/[,_]/g, ''));
      if (!Number.isInteger(value) || value < least) {
        throw new Error(`--${name} must be a whole number from ${least}.`);
      }
      return value;
    },
  };
}

/** A text; null when it is not given. */
export function text(value: string, says: string): Flag<string | null> {
  return { value, says, read: (given) => given ?? null };
}

/** Words with commas between them; none when it is not given. */
export function words(value: string, says: string): Flag<string[]> {
  return { value, says, read: (given = '') => given.split(',').filter((word) => word !== '') };
}

/** The built gateway that is measured; null to build the one of this repository. */
export const main: Flag<string | null> = {
  value: 'PATH',
  says: 'dist/main.js of another build, in place of building this one',
  read: (given) => (given === undefined ? null : resolve(given)),
};

/** A server of one's own, where the command would start one. */
export const serverInPlace = text('URL', 'a PostgreSQL server of this machine, in place of one that is made');

/** A server, where the command would use the embedded database. */
export const serverBeside = text('URL', 'a PostgreSQL server on which a database can be made');
