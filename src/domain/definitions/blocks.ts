import type { InvalidFieldCode } from '../../errors.ts';
import type { RunBlockKind, Statements } from '../../store/index.ts';
import { firstBy, groupBy, once } from '../../lib/grouped.ts';
import { listed, quoted } from '../../lib/quoted.ts';
import { typesInOrder } from '../../manifest/plugin-types.ts';
import type { StoredCommand } from './plugin-settings.ts';

/** What is needed of a plugin to read a block list. */
export type KnownPlugin = Awaited<ReturnType<Statements['plugins']['of']>>[number];

/** A block as it will be executed. */
export interface Block {
  position: number;
  kind: RunBlockKind;
  /** The names, separated by blanks, as `meltano run` takes them. */
  command: string;
  extractor: string | null;
  loader: string | null;
}

/** The most blocks of a job or a run, and the longest name of one, in characters. */
export const blockLimits = { blocks: 1000, length: 1000 };

/** One mistake in a block list. */
export interface BlockMistake {
  code: InvalidFieldCode;
  message: string;
}

// Block lists are long, and so are lists of plugins.
const namesIn = once((plugins: readonly KnownPlugin[]) => {
  const byType = groupBy(plugins, ({ type }) => type);
  const inOrder = typesInOrder.flatMap((type) => byType.get(type) ?? []);
  const mappings = plugins.flatMap((plugin) => plugin.mappings);
  return { called: firstBy(inOrder, ({ name }) => name), mappings: groupBy(mappings, (name) => name) };
});

/** The plugin that Meltano finds by a name without a type. */
function firstCalled(name: string, plugins: readonly KnownPlugin[]): KnownPlugin | undefined {
  return namesIn(plugins).called.get(name);
}

/** What a name stands for in a block list. */
type Meaning = 'EXTRACTOR' | 'LOADER' | 'MAPPING' | 'COMMAND' | BlockMistake;

// Meltano looks for a plugin first and then for a mapping. Source: Meltano `core/project_plugins_service.py`
// (find_plugin).
function meaningOf(name: string, plugins: readonly KnownPlugin[]): Meaning {
  const type = firstCalled(name, plugins)?.type;
  if (type === 'EXTRACTOR' || type === 'LOADER') return type;
  if (type === 'MAPPER') {
    const message = `${quoted(name)} is a mapper; name one of its mappings in its place.`;
    return { code: 'MISPLACED_BLOCK', message };
  }
  if (type !== undefined) return 'COMMAND';
  const mappings = namesIn(plugins).mappings.get(name)?.length ?? 0;
  if (mappings === 1) return 'MAPPING';
  if (mappings > 1) {
    const message = `There are ${mappings} mappings called "${name}", so Meltano runs none; rename one.`;
    return { code: 'AMBIGUOUS_BLOCK', message };
  }
  if (name.includes(':')) return commandMistake(name, plugins) ?? 'COMMAND';
  const message = `${quoted(name)} is neither a plugin of the project nor a mapping nor <plugin>:<command>.`;
  return { code: 'UNKNOWN_BLOCK', message };
}

/** Why a name is not a plugin, or a command of a plugin, that runs by itself; null when it is one. */
export function mistakeInCommand(name: string, plugins: readonly KnownPlugin[]): BlockMistake | null {
  const meaning = meaningOf(name, plugins);
  if (meaning === 'COMMAND') return null;
  if (typeof meaning === 'object') return meaning;
  const noun = `${meaning === 'EXTRACTOR' ? 'an' : 'a'} ${meaning.toLowerCase()}`;
  const message = `${quoted(name)} is ${noun}, which moves data as a part of a run; name another plugin or <plugin>:<command>.`;
  return { code: 'MISPLACED_BLOCK', message };
}

/**
 * Reads a block list by the rules of `meltano run`: after an extractor come its mappings, if any, and a
 * loader. Any other name is a plugin or a command of a plugin. Source: Meltano `core/block/block_parser.py`.
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
  if (names.length > blockLimits.blocks) {
    const message = `There are ${names.length} blocks; at most ${blockLimits.blocks} are allowed.`;
    return { blocks, mistakes: [{ code: 'TOO_MANY', message }] };
  }
  const meanings = names.map((name) => meaningOf(name, plugins));
  // After a mistake, the rest of the same block is not reported as a second mistake.
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
  // Nobody here knows the commands of a plugin without a definition.
  if (plugin.definition === 'UNKNOWN') return null;
  const commands = plugin.commands as unknown as StoredCommand[];
  if (commands.some((known) => known.name === command)) return null;
  const known = listed(commands.map((one) => one.name));
  return {
    code: 'UNKNOWN_COMMAND',
    message: `The plugin "${pluginName}" has no command ${quoted(command)}; it has ${known === '' ? 'none' : known}.`,
  };
}

/** The extract-load pairs in a block list, each once. A pair is the middle part of a state id. */
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

/** The command of the block that stands for the transformation of an extract-load schedule. */
export const transformBlock = 'transform';

/** The blocks of an extract-load schedule: its pair, its transformation, or both. Source: Meltano `cli/elt.py`. */
export function blocksOfPair(pair: readonly Block[], transform: string | null): Block[] {
  const blocks: Omit<Block, 'position'>[] = transform === 'only' ? [] : [...pair];
  if (transform === 'only' || transform === 'run') {
    blocks.push({ kind: 'COMMAND', command: transformBlock, extractor: null, loader: null });
  }
  return blocks.map((block, position) => ({ ...block, position }));
}
