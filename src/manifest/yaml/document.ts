import { Scalar, Pair, isMap, isScalar, isSeq, parseDocument, visit } from 'yaml';
import type { Document, YAMLMap } from 'yaml';
import { firstBy } from '../../lib/grouped.ts';
import { noteTargets, targetOf } from './aliases.ts';
import { originalOf, type Original } from './splice/original.ts';
import type { Style } from './splice/print-node.ts';
import { styleOf } from './splice/style.ts';
import { nodeOf, readOpenText } from './yaml-node.ts';

/** A mapping of a document. */
export type ManifestMap = YAMLMap;

/** A text of a project as a tree that can be edited. What an edit leaves alone stays as it is written. */
export interface ManifestDocument {
  yaml: Document.Parsed;
  /** The text that was read. */
  text: string;
  original: Original;
  style: Style;
}

/**
 * Opens a text that `readManifest` has read without an error. Every scalar is read as text, so that printing
 * does not change how it is written.
 */
export function openDocument(text: string): ManifestDocument {
  const yaml = parseDocument(text, { schema: 'failsafe', uniqueKeys: false, keepSourceTokens: true });
  readOpenText(yaml, text);
  writeEmptyValues(yaml);
  noteTargets(yaml);
  return { yaml, text, original: originalOf(yaml), style: styleOf(text, yaml) };
}

/**
 * Gives keys without a value, as in `? a` or `{a, b: 1}`, the empty value that they have in `a:`. The library
 * prints such a key only in a mapping in which no key has a value.
 */
function writeEmptyValues(yaml: Document.Parsed): void {
  visit(yaml, {
    Pair: (_key, pair) => {
      if (pair.value === null) pair.value = Object.assign(new Scalar(''), { source: '', type: 'PLAIN' });
    },
  });
}

/** The top mapping of a document. */
export function rootOf({ yaml }: ManifestDocument): YAMLMap {
  return yaml.contents as unknown as YAMLMap;
}

/** The items of the list at a path that are mappings; empty when there is no list. */
export function itemsIn({ yaml }: ManifestDocument, path: readonly string[]): YAMLMap[] {
  const list = targetOf(yaml.getIn(path, true));
  return isSeq(list) ? list.items.map(targetOf).filter((item) => isMap(item)) : [];
}

/** The items of the list under a key of a mapping, as plain texts, lists and objects; empty when there is no list. */
export function plainListUnder(map: YAMLMap, key: string): unknown[] {
  const list = map.get(key);
  return isSeq(list) ? list.toJSON() : [];
}

/** The items of a list by their `name`. */
export function itemsByName(document: ManifestDocument, path: readonly string[]): Map<string, YAMLMap> {
  return firstBy(itemsIn(document, path), (item) => String(item.get('name')));
}

/** The item of a list with that `name`. */
export function itemNamed(
  document: ManifestDocument,
  path: readonly string[],
  name: string,
): YAMLMap | undefined {
  return itemsIn(document, path).find((item) => item.get('name') === name);
}

/** The key of a pair as text. */
export function keyOf({ key }: { key: unknown }): string {
  return String(isScalar(key) ? key.value : key);
}

/** Merges the document of an included file into another one, by the rules of `mergeFiles`. */
export function joinDocument(document: ManifestDocument, included: ManifestDocument): void {
  // Two files may have anchors with the same name, so the values of aliases are copied.
  const value: unknown = included.yaml.contents;
  const source = hasAliases(included) ? nodeOf(included.yaml.toJS({ maxAliasCount: -1 })) : value;
  if (isMap(document.yaml.contents) && isMap(source)) joinMaps(document.yaml.contents, source);
}

function hasAliases({ yaml }: ManifestDocument): boolean {
  let found = false;
  visit(yaml, { Alias: () => ((found = true), visit.BREAK) });
  return found;
}

function joinMaps(target: YAMLMap, source: YAMLMap): void {
  const pairs = firstBy(target.items, keyOf);
  for (const pair of source.items) {
    const present = pairs.get(keyOf(pair));
    if (!present) target.items.push(new Pair(pair.key, pair.value));
    else if (isMap(present.value) && isMap(pair.value)) joinMaps(present.value, pair.value);
    else if (isSeq(present.value) && isSeq(pair.value))
      present.value.items = present.value.items.concat(pair.value.items);
    else present.value = pair.value;
  }
}
