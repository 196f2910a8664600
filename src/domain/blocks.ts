import type { PluginType, RunBlockKind, Statements } from '../store/index.ts';
import type { StoredCommand } from './plugin.ts';

/** A plugin as far as a block list is concerned. */
export type KnownPlugin = Awaited<ReturnType<Statements['pluginsOf']>>[number];

/** A block as it will be executed. */
export interface Block {
  position: number;
  kind: RunBlockKind;
  /** The names as Meltano takes them. */
  command: string;
  extractor: string | null;
  loader: string | null;
}

/** What is wrong at one place of a block list. */
export interface BlockMistake {
  code: 'UNKNOWN_BLOCK' | 'UNKNOWN_COMMAND' | 'MISSING_LOADER' | 'MISPLACED_BLOCK' | 'NO_BLOCKS';
  message: string;
}

/**
 * Reads a block list by the rules of `meltano run`: an extractor is followed by mappings, if any, and
 * a loader; anything else is a plugin or a plugin's command. Source: Meltano `core/block/block_parser.py`.
 */
export function parseBlocks(
  names: readonly string[],
  plugins: readonly KnownPlugin[],
): { blocks: Block[]; mistakes: BlockMistake[] } {
  const blocks: Block[] = [];
  const mistakes: BlockMistake[] = [];
  const has = (type: PluginType, name: string): boolean =>
    plugins.some((plugin) => plugin.type === type && plugin.name === name);
  const isMapping = (name: string): boolean => plugins.some((plugin) => plugin.mappings.includes(name));
  const add = (block: Omit<Block, 'position'>): void => {
    blocks.push({ ...block, position: blocks.length });
  };

  if (names.length === 0) {
    mistakes.push({
      code: 'NO_BLOCKS',
      message: 'There is no block: name at least one, such as `tap-csv target-jsonl`.',
    });
  }
  for (let at = 0; at < names.length; at++) {
    const name = names[at] as string;
    if (has('EXTRACTOR', name)) {
      let end = at + 1;
      while (end < names.length && isMapping(names[end] as string)) end++;
      const loader = names[end];
      if (loader === undefined || !has('LOADER', loader)) {
        const met = loader === undefined ? 'the list ends' : `"${loader}" follows`;
        mistakes.push({
          code: 'MISSING_LOADER',
          message: `The extractor "${name}" needs a loader after it and its mappings, but ${met}.`,
        });
        continue;
      }
      add({ kind: 'EXTRACT_LOAD', command: names.slice(at, end + 1).join(' '), extractor: name, loader });
      at = end;
    } else if (name.includes(':')) {
      const mistake = commandMistake(name, plugins);
      if (mistake) mistakes.push(mistake);
      else add({ kind: 'COMMAND', command: name, extractor: null, loader: null });
    } else if (has('LOADER', name) || isMapping(name)) {
      const what = has('LOADER', name) ? 'loader' : 'mapping';
      mistakes.push({
        code: 'MISPLACED_BLOCK',
        message: `The ${what} "${name}" needs an extractor before it.`,
      });
    } else if (plugins.some((plugin) => plugin.name === name && plugin.type !== 'MAPPER')) {
      add({ kind: 'COMMAND', command: name, extractor: null, loader: null });
    } else {
      mistakes.push({
        code: 'UNKNOWN_BLOCK',
        message: `"${name}" is neither a plugin of the project nor a mapping nor <plugin>:<command>.`,
      });
    }
  }
  return { blocks, mistakes };
}

function commandMistake(name: string, plugins: readonly KnownPlugin[]): BlockMistake | null {
  const [pluginName = '', command = '', ...rest] = name.split(':');
  const named = plugins.filter((plugin) => plugin.name === pluginName);
  if (named.length === 0 || rest.length > 0) {
    return {
      code: 'UNKNOWN_BLOCK',
      message: `"${name}" is not <plugin>:<command> with a plugin of the project.`,
    };
  }
  const commands = named.flatMap((plugin) => plugin.commands as unknown as StoredCommand[]);
  // What a plugin without a definition can do is not known here.
  if (named.some((plugin) => plugin.definition === 'UNKNOWN')) return null;
  if (commands.some((known) => known.name === command)) return null;
  const known = commands.map((one) => one.name).join(', ');
  return {
    code: 'UNKNOWN_COMMAND',
    message: `The plugin "${pluginName}" has no command "${command}"; it has ${known === '' ? 'none' : known}.`,
  };
}

/** The extract-load pairs in a block list: the middle parts of their state ids. */
export function pairsOf(blocks: readonly Block[]): string[] {
  const pairs = blocks.flatMap((block) =>
    block.extractor ? [`${block.extractor}-to-${block.loader ?? ''}`] : [],
  );
  return [...new Set(pairs)];
}

/** The state id of a pair. Source: Meltano `core/block/extract_load.py`. */
export function stateIdOf(environment: string, pair: string, suffix: string | null): string {
  return suffix === null ? `${environment}:${pair}` : `${environment}:${pair}:${suffix}`;
}
