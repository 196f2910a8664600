import { YAMLMap, YAMLSeq, isAlias, isMap, isScalar, isSeq, parseDocument, visit } from 'yaml';
import type { Alias, Document, Node, ToStringOptions } from 'yaml';
import { commentsOf, nodeOf } from './yaml-node.ts';

/** A mapping of a document. */
export type ManifestMap = YAMLMap;

/** A text of a project as a tree that keeps comments, order, quotes and anchors, to be changed in places. */
export interface ManifestDocument {
  yaml: Document.Parsed;
  /** The text that was read. */
  text: string;
  /** How the tree is written, and how it was before any change. */
  options: ToStringOptions;
  untouched: string;
}

/**
 * Opens a text that `readManifest` has read without an error. Every scalar is taken as text, so that none is written
 * in another way than it was.
 */
export function openDocument(text: string): ManifestDocument {
  const yaml = parseDocument(text, { schema: 'failsafe', uniqueKeys: false });
  visit(yaml, {
    Alias: (_key, alias) => {
      const target = alias.resolve(yaml);
      if (target) targets.set(alias, { target, before: withoutAliases(yaml, target) });
    },
  });
  // As the text has it: whether the items of a list stand further to the right than its key, and blanks in brackets.
  const indentSeq = !/^[^\s#-][^\n]*:[^\S\n]*\n-\s/m.test(text);
  const flowCollectionPadding = !/[[{][^\s\]}]/.test(text);
  const options = { lineWidth: 0, indentSeq, flowCollectionPadding };
  return { yaml, text, options, untouched: yaml.toString(options) };
}

/** The text of a document: the one that was read, to the letter, unless the tree says something else by now. */
export function textOfDocument({ yaml, text, options, untouched }: ManifestDocument): string {
  const written = yaml.toString(options);
  return written === untouched ? text : written;
}

/** What each alias stood for when its document was opened. */
const targets = new WeakMap<Alias, { target: Node; before: Node }>();

/**
 * Writes out aliases of what was changed or removed, so that a change is one of the place alone that it was made in.
 * To be called before secrets are replaced: those are replaced for all aliases.
 */
export function settleAliases({ yaml }: ManifestDocument): void {
  visit(yaml, {
    Alias: (_key, alias) => {
      const known = targets.get(alias);
      if (!known || (alias.resolve(yaml) === known.target && String(known.target) === String(known.before)))
        return;
      return writtenOut(known.before);
    },
  });
}

/** A copy with what its aliases stand for. The reader has made sure that they do not go round in a circle. */
function withoutAliases(yaml: Document.Parsed, node: Node): Node {
  const copy = node.clone() as Node;
  visit(copy, { Alias: (_key, alias) => alias.resolve(yaml)?.clone() as Node | undefined });
  return copy;
}

/** A copy that has no anchor, since the name may be another one's by now. */
function writtenOut(node: Node): Node {
  const copy = node.clone() as Node;
  visit(copy, {
    Value: (_key, one) => {
      delete one.anchor;
    },
  });
  return copy;
}

/** A value of a mapping to be changed in place: what an alias stands for is copied there first. */
function ownValue(map: YAMLMap, key: string): unknown {
  const present = map.get(key, true);
  const known = isAlias(present) ? targets.get(present) : undefined;
  if (!known) return present;
  const copy = writtenOut(known.before);
  map.set(key, copy);
  return copy;
}

/** The mapping that a document is. */
export function rootOf({ yaml }: ManifestDocument): YAMLMap {
  return yaml.contents as unknown as YAMLMap;
}

/** The mapping under a key of another one, made when there is none. */
export function mapUnder(map: YAMLMap, key: string): YAMLMap {
  const present = ownValue(map, key);
  if (isMap(present)) return present;
  const made = new YAMLMap();
  map.set(key, made);
  return made;
}

/** The item of that `name` in the list under a key of a mapping, made when there is none. */
export function itemUnder(map: YAMLMap, key: string, name: string): YAMLMap {
  const list = ownValue(map, key);
  const items = isSeq(list) ? list.items : [];
  const present = items.find((item) => isMap(item) && item.get('name') === name);
  if (isMap(present)) return present;
  const made = nodeOf({ name }) as YAMLMap;
  if (isSeq(list)) list.add(made);
  else map.set(key, listOf(made));
  return made;
}

function listOf(item: Node): YAMLSeq {
  const list = new YAMLSeq();
  list.add(item);
  return list;
}

/**
 * Gives a setting a value in a plugin's configuration, where it is written dotted or nested; undefined removes it.
 *
 * @param name the dotted name
 */
export function setSetting(config: YAMLMap, name: string, value: unknown): void {
  const parts = name.split('.');
  const depth = parts.findIndex((_part, i) => i > 0 && isMap(config.get(parts.slice(0, i).join('.'), true)));
  const inner = config.has(name) || depth < 0 ? null : config.get(parts.slice(0, depth).join('.'), true);
  if (isMap(inner)) setSetting(inner, parts.slice(depth).join('.'), value);
  else setKey(config, name, value);
}

/** The items of the list at a place, those that are mappings; none when there is no list. */
export function itemsIn({ yaml }: ManifestDocument, path: readonly string[]): YAMLMap[] {
  const list = resolved(yaml, yaml.getIn(path, true));
  return isSeq(list) ? list.items.map((item) => resolved(yaml, item)).filter((item) => isMap(item)) : [];
}

/** The item of a list by its `name`. */
export function itemNamed(
  document: ManifestDocument,
  path: readonly string[],
  name: string,
): YAMLMap | undefined {
  return itemsIn(document, path).find((item) => item.get('name') === name);
}

/** Adds an item to the end of a list, which is made when there is none. */
export function addItem({ yaml }: ManifestDocument, path: readonly string[], item: object): YAMLMap {
  const list = resolved(yaml, yaml.getIn(path, true));
  const node = nodeOf(item) as YAMLMap;
  if (isSeq(list)) list.add(node);
  else yaml.setIn(path, listOf(node));
  return node;
}

/** Removes an item from a list, and the list with its last one. */
export function removeItem({ yaml }: ManifestDocument, path: readonly string[], item: YAMLMap): void {
  const list = resolved(yaml, yaml.getIn(path, true)) as YAMLSeq;
  list.items = list.items.filter((one) => resolved(yaml, one) !== item);
  if (list.items.length === 0) yaml.deleteIn(path);
}

/** Gives a key of a mapping a value, or removes it when that is undefined. A scalar keeps its comment. */
export function setKey(map: YAMLMap, key: string, value: unknown): void {
  if (value === undefined) {
    map.delete(key);
    return;
  }
  const node = nodeOf(value);
  const present = map.get(key, true);
  if (isScalar(present) && isScalar(node)) Object.assign(node, commentsOf(present));
  map.set(key, node);
}

/** Joins what an included file says to a document, as `mergeFiles` does with their values. */
export function joinDocument(document: ManifestDocument, included: ManifestDocument): void {
  // Anchors of two files may have one name: what a file with some says is written out.
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
  for (const { key, value } of source.items) {
    const present = target.get(key, true);
    if (isMap(present) && isMap(value)) joinMaps(present, value);
    else if (isSeq(present) && isSeq(value)) present.items.push(...value.items);
    else target.set(key, value);
  }
}

function resolved(yaml: Document.Parsed, node: unknown): unknown {
  return isAlias(node) ? node.resolve(yaml) : node;
}
