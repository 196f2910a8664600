import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { Alias, Document, Node, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import type { Location } from './manifest.ts';
import { isMapping, setKey } from './mappings.ts';
import { fail, remember, textOf, warn } from './reading.ts';
import type { Reading } from './reading.ts';
import { scalarOf } from './scalar.ts';

/** As many values as a file may stand for, aliases expanded: nested aliases can make billions of a few lines. */
const maxValues = 250_000;

const standardTag = /^(?:tag:yaml\.org,2002:(?:str|int|float|bool|null|seq|map|omap|set|timestamp|value)|!)$/;

/** What converting one document needs at hand. */
interface Conversion {
  reading: Reading;
  at: (offset: number) => Location;
  version: string;
  /** What each alias stands for, in the order of the document: an anchor's name may be used again. */
  targets: Map<Alias, Node>;
  anchors: Map<string, Node>;
  /** How many aliases are being expanded: anchors are set where they are written, not where they are used. */
  expanding: number;
  /** The lists and mappings that are being converted right now, to notice an alias to one of them. */
  open: Set<Node>;
  maxDepth: number;
  left: number;
}

/** A document as plain values, the way Meltano's loader reads it; what it would refuse is recorded. */
export function plainValue(
  reading: Reading,
  document: Document.Parsed,
  at: (offset: number) => Location,
  maxDepth: number,
): unknown {
  const { contents } = document;
  if (!contents) return null;
  const anchoring = { targets: new Map<Alias, Node>(), anchors: new Map<string, Node>(), expanding: 0 };
  const limits = { open: new Set<Node>(), maxDepth, left: maxValues };
  const { version } = document.directives.yaml;
  return convert({ reading, at, version, ...anchoring, ...limits }, contents);
}

function convert(conversion: Conversion, node: unknown): unknown {
  if (!spend(conversion, 1, node)) return null;
  if (isAlias(node)) return convertAlias(conversion, node);
  if (!isScalar(node) && !isMap(node) && !isSeq(node)) return null;
  if (node.anchor && conversion.expanding === 0) conversion.anchors.set(node.anchor, node);
  noteTag(conversion, node);
  if (isScalar(node)) return convertScalar(conversion, node);
  conversion.open.add(node);
  const value = isMap(node) ? convertMap(conversion, node) : convertList(conversion, node);
  conversion.open.delete(node);
  return value;
}

/** Whether so many more values may be made; the first time that they may not is an error. */
function spend(conversion: Conversion, values: number, node: unknown): boolean {
  const { left, open, maxDepth, reading } = conversion;
  if (left <= 0) return false;
  conversion.left = open.size > maxDepth ? 0 : left - values;
  if (conversion.left > 0) return true;
  const what =
    open.size > maxDepth ? `values nested deeper than ${maxDepth} levels` : `more than ${maxValues} values`;
  fail(
    reading,
    place(conversion, node),
    `The file stands for ${what}, its aliases expanded; write it with fewer.`,
  );
  return false;
}

function convertAlias(conversion: Conversion, alias: Alias): unknown {
  const target = conversion.targets.get(alias) ?? conversion.anchors.get(alias.source);
  if (!target || conversion.open.has(target)) {
    // Its name stays out of the message: it may be a password that nobody put in quotes.
    const problem = target
      ? `The alias \`*${alias.source}\` stands inside the value that it stands for.`
      : 'An alias has no anchor before it; put text that begins with `*` in quotes.';
    fail(conversion.reading, place(conversion, alias), problem);
    return null;
  }
  conversion.targets.set(alias, target);
  conversion.expanding += 1;
  const value = convert(conversion, target);
  conversion.expanding -= 1;
  return value;
}

function convertScalar(conversion: Conversion, node: Scalar): unknown {
  const { reading, version } = conversion;
  const { value, inexact } = scalarOf(node, version);
  if (inexact) {
    const message = 'The number cannot be kept exactly, so it is kept as text; put it in quotes.';
    warn(reading, place(conversion, node), message);
  }
  refuseNul(conversion, node);
  return value;
}

function convertList(conversion: Conversion, node: YAMLSeq): unknown[] {
  const list: unknown[] = [];
  const origin = remember(conversion.reading, list, place(conversion, node));
  for (const [index, item] of node.items.entries()) {
    origin.keys.set(String(index), place(conversion, item));
    list.push(convert(conversion, item));
  }
  return list;
}

/** The mapping's own keys, then those that `<<` brings in and that it does not have itself. */
function convertMap(conversion: Conversion, node: YAMLMap): Record<string, unknown> {
  const { reading, version } = conversion;
  const map: Record<string, unknown> = {};
  const origin = remember(reading, map, place(conversion, node));
  let merge: Pair | null = null;
  for (const pair of node.items) {
    const at = place(conversion, pair.key);
    if (isMergeKey(pair)) {
      if (merge) fail(reading, at, 'A mapping can have one `<<`; give it a list of all that it takes over.');
      merge = pair;
      continue;
    }
    if (!isScalar(pair.key)) {
      fail(reading, at, 'A key has to be plain text.');
      continue;
    }
    const key = pair.key.source ?? '';
    const earlier = origin.keys.get(key);
    if (earlier) {
      fail(reading, at, `The key \`${key}\` is here twice, first on line ${earlier.line}; keep one of them.`);
      continue;
    }
    refuseNul(conversion, pair.key);
    origin.keys.set(key, at);
    setKey(map, key, convert(conversion, pair.value));
    const scalar = isAlias(pair.value) ? conversion.targets.get(pair.value) : pair.value;
    const text = isScalar(scalar) ? scalarOf(scalar, version).text : null;
    if (text !== null) origin.texts.set(key, text);
  }
  for (const source of merge ? mergeSources(conversion, merge) : []) mergeInto(reading, map, source);
  return map;
}

function mergeInto(reading: Reading, map: Record<string, unknown>, source: Record<string, unknown>): void {
  const [into, from] = [reading.origins.get(map), reading.origins.get(source)];
  for (const [key, value] of Object.entries(source)) {
    if (Object.hasOwn(map, key)) continue;
    setKey(map, key, value);
    const at = from?.keys.get(key);
    const text = textOf(reading, source, key);
    if (at) into?.keys.set(key, at);
    if (text !== undefined) into?.texts.set(key, text);
  }
}

/** The mappings that a `<<` names, the one that wins first. */
function mergeSources(conversion: Conversion, { key, value }: Pair): Record<string, unknown>[] {
  const merged = convert(conversion, value);
  const sources = Array.isArray(merged) ? merged : [merged];
  if (sources.every((source) => isMapping(source))) {
    // Each level of a chain of merges copies all the keys of those before it.
    return spend(conversion, sources.flatMap((source) => Object.keys(source)).length, key) ? sources : [];
  }
  const message = '`<<` takes over a mapping or a list of mappings, and this is neither.';
  if (conversion.left > 0) fail(conversion.reading, place(conversion, key), message);
  return [];
}

/** A quoted `<<` is a key like any other. */
function isMergeKey({ key }: Pair): boolean {
  return isScalar(key) && key.source === '<<' && key.type === 'PLAIN';
}

/** No file name, argument or variable can hold it, nor can PostgreSQL. */
function refuseNul(conversion: Conversion, node: Scalar): void {
  if (!node.source?.includes('\0')) return;
  fail(conversion.reading, place(conversion, node), 'The text holds a null character; remove it.');
}

/** A tag that Meltano's loader has no class for is carried along there, and the value with it. */
function noteTag(conversion: Conversion, node: Node): void {
  if (!node.tag || standardTag.test(node.tag)) return;
  // Its name stays out of the message: it may be a password that nobody put in quotes.
  const message =
    'The tag means nothing to Meltano, and the value is read as if it had none; put text in quotes';
  warn(conversion.reading, place(conversion, node), `${message} that begins with \`!\`.`);
}

function place(conversion: Conversion, node: unknown): Location {
  const range = isAlias(node) || isScalar(node) || isMap(node) || isSeq(node) ? node.range : null;
  return conversion.at(range?.[0] ?? 0);
}
