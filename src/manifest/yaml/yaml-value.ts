import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { Alias, Document, Node, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import type { Location } from '../manifest.ts';
import { isObject } from '../../lib/is-object.ts';
import { setKey } from './mappings.ts';
import { isMerge } from './merge-keys.ts';
import { fail, remember, textOf, warn } from '../reading.ts';
import type { Reading } from '../reading.ts';
import { scalarOf } from './scalar.ts';

/**
 * The highest number of values in a file, with aliases expanded. A few lines of nested aliases can stand for
 * billions of values.
 */
const maxValues = 250_000;

/** The highest number of aliases in a file. Real files have less than a hundred. */
const maxAliases = 10_000;

/**
 * The most characters of all keys that lead to a value. Settings are named by all these keys, so one long key
 * with many values below would stand for gigabytes.
 */
const maxPathLength = 1000;

const standardTag = /^(?:tag:yaml\.org,2002:(?:str|int|float|bool|null|seq|map|timestamp|value)|!)$/;

/** Tags of values that are neither mappings nor lists, however they are written. */
const collectionTag = /^tag:yaml\.org,2002:(?:set|omap|pairs)$/;

/** The state of one conversion. */
interface Conversion {
  reading: Reading;
  at: (offset: number) => Location;
  version: string;
  /**
   * The node that each alias stands for. It depends on the order of the document, because a name of an anchor
   * may be used again.
   */
  targets: Map<Alias, Node>;
  anchors: Map<string, Node>;
  /**
   * The number of aliases that are being expanded. Anchors are set where they are written, not where they are
   * used.
   */
  expanding: number;
  /** The lists and mappings that are being converted, to detect an alias that contains itself. */
  open: Set<Node>;
  maxDepth: number;
  left: number;
  /** The aliases so far, each counted once, wherever it is expanded. */
  aliases: number;
  /** The characters of the keys that lead to the present value. */
  pathLength: number;
}

/**
 * A document as plain values, read as Meltano's loader reads it. What the loader would refuse is recorded.
 */
export function plainValue(
  reading: Reading,
  document: Document.Parsed,
  at: (offset: number) => Location,
  maxDepth: number,
): unknown {
  const { contents } = document;
  if (!contents) return null;
  const anchoring = { targets: new Map<Alias, Node>(), anchors: new Map<string, Node>(), expanding: 0 };
  const limits = { open: new Set<Node>(), maxDepth, left: maxValues, aliases: 0, pathLength: 0 };
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

/** Whether so many more values are allowed. The first time that they are not, an error is recorded. */
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
    // The message does not show the name: it may be a password without quotes.
    const problem = target
      ? `The alias \`*${alias.source}\` stands inside the value that it stands for.`
      : 'An alias has no anchor before it; put text that begins with `*` in quotes.';
    fail(conversion.reading, place(conversion, alias), problem);
    return null;
  }
  if (!conversion.targets.has(alias)) conversion.aliases += 1;
  if (conversion.aliases > maxAliases) {
    conversion.left = 0;
    const message = `The file has more than ${maxAliases} aliases; write their values out, or use fewer.`;
    fail(conversion.reading, place(conversion, alias), message);
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

/** The mapping's own keys, and then the keys that `<<` adds and the mapping does not have. */
function convertMap(conversion: Conversion, node: YAMLMap): Record<string, unknown> {
  const { reading, version } = conversion;
  const map: Record<string, unknown> = {};
  const origin = remember(reading, map, place(conversion, node));
  let merge: Pair | null = null;
  for (const pair of node.items) {
    const at = place(conversion, pair.key);
    if (isMerge(pair)) {
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
    conversion.pathLength += key.length;
    if (conversion.pathLength <= maxPathLength) setKey(map, key, convert(conversion, pair.value));
    else {
      const message = `The keys that lead here have more than ${maxPathLength} characters; write shorter ones.`;
      fail(reading, at, message);
    }
    conversion.pathLength -= key.length;
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

/** The mappings that a `<<` names. The first one wins. */
function mergeSources(conversion: Conversion, { key, value }: Pair): Record<string, unknown>[] {
  const merged = convert(conversion, value);
  const sources = Array.isArray(merged) ? merged : [merged];
  if (sources.every((source) => isObject(source))) {
    // In a chain of merges, each level copies all keys of the levels before it.
    return spend(conversion, sources.flatMap((source) => Object.keys(source)).length, key) ? sources : [];
  }
  const message = '`<<` takes over a mapping or a list of mappings, and this is neither.';
  if (conversion.left > 0) fail(conversion.reading, place(conversion, key), message);
  return [];
}

/** NUL cannot be in a file name, in an argument, in a variable or in PostgreSQL text. */
function refuseNul(conversion: Conversion, node: Scalar): void {
  if (!node.source?.includes('\0')) return;
  fail(conversion.reading, place(conversion, node), 'The text holds a null character; remove it.');
}

/** Meltano's loader keeps a tag that it does not know, together with the value. */
function noteTag(conversion: Conversion, node: Node): void {
  if (!node.tag || standardTag.test(node.tag)) return;
  if (collectionTag.test(node.tag)) {
    const message = 'A value with the tag `!!set`, `!!omap` or `!!pairs` cannot be read; remove the tag.';
    fail(conversion.reading, place(conversion, node), message);
    return;
  }
  // The message does not show the name: it may be a password without quotes.
  const message =
    'The tag means nothing to Meltano, and the value is read as if it had none; put text in quotes';
  warn(conversion.reading, place(conversion, node), `${message} that begins with \`!\`.`);
}

function place(conversion: Conversion, node: unknown): Location {
  const range = isAlias(node) || isScalar(node) || isMap(node) || isSeq(node) ? node.range : null;
  return conversion.at(range?.[0] ?? 0);
}
