import type { PluginExit } from '../../runner/output/meltano-event.ts';
import type { ReceivedLine } from '../../runner/run-meltano.ts';
import { cutText } from '../../lib/postgres-text.ts';
import type { RunBlock } from '../../store/index.ts';

/** What the plugins of a block have said about their end. */
export interface ChildErrors {
  /** Takes a line into account. */
  hear: (line: ReceivedLine) => void;
  /** Forgets all lines, because another block begins. */
  forget: () => void;
  /**
   * The error of the plugin that failed, as a person reads it; null when no plugin said one.
   *
   * @param exits of the block's plugins; empty when Meltano gave up before it reported any
   */
  of: (block: Pick<RunBlock, 'extractor' | 'loader'>, exits: readonly PluginExit[]) => string | null;
}

/** The longest message, in characters. */
const messageLength = 1000;

/** A line with the level of an error. */
const errorLine = /^(?:\[?(?:ERROR|CRITICAL|FATAL)\b|(?:error|fatal)(?: error)?: )/;

/** The word that a line begins with. */
const firstWord = /^[A-Za-z_][\w.]*/;

/** The end of a word that is the class of an exception. */
const exception = /(?:Error|Exception)$/;

/** What a plugin or Meltano says whose neighbour has ended. */
const consequence = /BrokenPipeError|Broken pipe|^Connection lost$/;

/** Whether an error only says that another program has ended. */
export function isConsequence(message: string): boolean {
  return consequence.test(message);
}

export function childErrors(): ChildErrors {
  const errors = new Map<string, string>();
  const last = new Map<string, string>();
  return {
    hear: ({ plugin, stdio, level, message, metric }) => {
      if (plugin === null || stdio !== 'STDERR' || metric !== null || message.trim() === '') return;
      if (isConsequence(message)) return;
      last.set(plugin, message);
      if (level === 'ERROR' || level === 'CRITICAL' || isError(message)) errors.set(plugin, message);
    },
    forget: () => {
      errors.clear();
      last.clear();
    },
    of: ({ extractor, loader }, exits) => {
      const [mapper] = exits.filter(({ role }) => role === 'MAPPER');
      const isExtractor = exits.length > 0 && exits.every(({ role }) => role === 'EXTRACTOR');
      const failed = mapper?.plugin ?? (isExtractor ? extractor : loader);
      const error = (failed && errors.get(failed)) ?? [...errors.values()].at(-1);
      const said = error ?? (failed && last.get(failed));
      return said ? forPeople(said) : null;
    },
  };
}

/** Whether it is the last line of a traceback, or says that it is an error. */
function isError(line: string): boolean {
  return errorLine.test(line) || exception.test(firstWord.exec(line)?.[0] ?? '');
}

/** The sentence of an error without its class. A single word says little without it. */
function forPeople(line: string): string {
  const [, sentence = ''] = /^[A-Za-z_][\w.]*(?:Error|Exception): (.*)$/s.exec(line) ?? [];
  return cutText(/\S\s+\S/.test(sentence) ? sentence.trim() : line.trim(), messageLength);
}
