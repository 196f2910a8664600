import type { PluginType, RunBlockKind, Statements } from '../store/index.ts';
import { quoted } from './names.ts';
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
  code:
    | 'UNKNOWN_BLOCK'
    | 'UNKNOWN_COMMAND'
    | 'AMBIGUOUS_BLOCK'
    | 'MISSING_LOADER'
    | 'MISPLACED_BLOCK'
    | 'NO_BLOCKS';
  message: string;
}

/** The order in which Meltano looks for a name. Source: Meltano `core/plugin/base.py` (PluginType). */
export const typesInOrder: readonly PluginType[] = [
  ...([
    'EXTRACTOR',
    'LOADER',
    'TRANSFORM',
    'ORCHESTRATOR',
    'TRANSFORMER',
    'FILE',
    'UTILITY',
    'MAPPER',
  ] as const),
];

/** The plugin that Meltano finds by a name alone, whatever its type. */
function firstCalled(name: string, plugins: readonly KnownPlugin[]): KnownPlugin | undefined {
  const called = plugins.filter((plugin) => plugin.name === name);
  return typesInOrder.flatMap((type) => called.find((plugin) => plugin.type === type) ?? [])[0];
}

/** What a name stands for in a block list. */
type Meaning = 'EXTRACTOR' | 'LOADER' | 'MAPPING' | 'COMMAND' | BlockMistake;

// A plugin goes before a mapping of its name. Source: Meltano `core/project_plugins_service.py` (find_plugin).
function meaningOf(name: string, plugins: readonly KnownPlugin[]): Meaning {
  const type = firstCalled(name, plugins)?.type;
  if (type === 'EXTRACTOR' || type === 'LOADER') return type;
  if (type === 'MAPPER') {
    const message = `${quoted(name)} is a mapper; name one of its mappings in its place.`;
    return { code: 'MISPLACED_BLOCK', message };
  }
  if (type !== undefined) return 'COMMAND';
  const mappings = plugins.flatMap((plugin) => plugin.mappings).filter((mapping) => mapping === name);
  if (mappings.length === 1) return 'MAPPING';
  if (mappings.length > 1) {
    const message = `There are ${mappings.length} mappings called "${name}", so Meltano runs none; rename one.`;
    return { code: 'AMBIGUOUS_BLOCK', message };
  }
  if (name.includes(':')) return commandMistake(name, plugins) ?? 'COMMAND';
  const message = `${quoted(name)} is neither a plugin of the project nor a mapping nor <plugin>:<command>.`;
  return { code: 'UNKNOWN_BLOCK', message };
}

/** What keeps a name from being a plugin, or a plugin's command, that runs by itself; null when nothing does. */
export function mistakeInCommand(name: string, plugins: readonly KnownPlugin[]): BlockMistake | null {
  const meaning = meaningOf(name, plugins);
  if (meaning === 'COMMAND') return null;
  if (typeof meaning === 'object') return meaning;
  const noun = `${meaning === 'EXTRACTOR' ? 'an' : 'a'} ${meaning.toLowerCase()}`;
  const message = `${quoted(name)} is ${noun}, which moves data as a part of a run; name another plugin or <plugin>:<command>.`;
  return { code: 'MISPLACED_BLOCK', message };
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
  const add = (block: Omit<Block, 'position'>): void => {
    blocks.push({ ...block, position: blocks.length });
  };
  if (names.length === 0) {
    const message = 'There is no block: name at least one, such as `tap-csv target-jsonl`.';
    mistakes.push({ code: 'NO_BLOCKS', message });
  }
  const meanings = names.map((name) => meaningOf(name, plugins));
  // After a mistake, what would have continued the block is not blamed as well.
  let excused = false;
  for (let at = 0; at < names.length; at++) {
    const name = names[at] as string;
    const meaning = meanings[at] as Meaning;
    if (typeof meaning === 'object') {
      mistakes.push(meaning);
      excused = true;
    } else if (meaning === 'EXTRACTOR') {
      excused = false;
      let end = at + 1;
      while (meanings[end] === 'MAPPING') end++;
      const next = meanings[end];
      if (next === 'LOADER') {
        const loader = names[end] as string;
        add({ kind: 'EXTRACT_LOAD', command: names.slice(at, end + 1).join(' '), extractor: name, loader });
        at = end;
      } else {
        if (typeof next !== 'object') mistakes.push(missingLoader(name, names[end]));
        at = end - 1;
      }
    } else if (meaning === 'COMMAND') {
      excused = false;
      add({ kind: 'COMMAND', command: name, extractor: null, loader: null });
    } else if (!excused) {
      const message = `The ${meaning.toLowerCase()} "${name}" needs an extractor before it.`;
      mistakes.push({ code: 'MISPLACED_BLOCK', message });
    }
  }
  return { blocks, mistakes };
}

function missingLoader(extractor: string, next: string | undefined): BlockMistake {
  const met = next === undefined ? 'the list ends' : `${quoted(next)} follows`;
  const message = `The extractor "${extractor}" needs a loader after it and its mappings, but ${met}.`;
  return { code: 'MISSING_LOADER', message };
}

function commandMistake(name: string, plugins: readonly KnownPlugin[]): BlockMistake | null {
  const [pluginName = '', command = '', ...rest] = name.split(':');
  const plugin = firstCalled(pluginName, plugins);
  if (!plugin || rest.length > 0) {
    return {
      code: 'UNKNOWN_BLOCK',
      message: `${quoted(name)} is not <plugin>:<command> with a plugin of the project.`,
    };
  }
  const { type } = plugin;
  if (type === 'EXTRACTOR' || type === 'LOADER' || type === 'MAPPER') {
    const message = `"${pluginName}" is ${type === 'EXTRACTOR' ? 'an' : 'a'} ${type.toLowerCase()}, and a block list takes it without a command.`;
    return { code: 'UNKNOWN_COMMAND', message };
  }
  // What a plugin without a definition can do is not known here.
  if (plugin.definition === 'UNKNOWN') return null;
  const commands = plugin.commands as unknown as StoredCommand[];
  if (commands.some((known) => known.name === command)) return null;
  const known = commands.map((one) => one.name).join(', ');
  return {
    code: 'UNKNOWN_COMMAND',
    message: `The plugin "${pluginName}" has no command ${quoted(command)}; it has ${known === '' ? 'none' : known}.`,
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
