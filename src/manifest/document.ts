import { Document, YAMLMap, YAMLSeq, isAlias, isMap, isScalar, isSeq, parseDocument, visit } from 'yaml';
import type { Node, ToStringOptions } from 'yaml';

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

/** The mapping that a document is. */
export function rootOf({ yaml }: ManifestDocument): YAMLMap {
  return yaml.contents as unknown as YAMLMap;
}

/** The mapping under a key of another one, made when there is none. */
export function mapUnder(map: YAMLMap, key: string): YAMLMap {
  const present = map.get(key, true);
  if (isMap(present)) return present;
  const made = new YAMLMap();
  map.set(key, made);
  return made;
}

/** The item of that `name` in the list under a key of a mapping, made when there is none. */
export function itemUnder(map: YAMLMap, key: string, name: string): YAMLMap {
  const list = map.get(key, true);
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

/** A scalar of a document, and where it stands. */
export interface ManifestValue {
  /** The keys that lead to it; an item of a list goes by its `name`, or else by its number. */
  place: string[];
  text: string;
  /** Gives it another value, which is text. */
  replace: (text: string) => void;
}

/**
 * Takes away the tags that Meltano does not know. They are text of the author's: a password that begins with `!` and
 * stands without quotes is one.
 */
export function stripTags({ yaml }: ManifestDocument): void {
  visit(yaml, {
    Value: (_key, node) => {
      if (node.tag?.startsWith('!')) delete node.tag;
    },
  });
}

/** Every scalar of a document that is the value of a key, or an item of a list. */
export function valuesIn({ yaml }: ManifestDocument): ManifestValue[] {
  const values: ManifestValue[] = [];
  const walk = (node: unknown, place: string[], set: (node: Node) => void): void => {
    if (isMap(node)) {
      for (const pair of node.items) {
        const key = String(isScalar(pair.key) ? pair.key.value : pair.key);
        walk(pair.value, [...place, key], (value) => (pair.value = value));
      }
    } else if (isSeq(node)) {
      node.items.forEach((item, i) => {
        const name: unknown = isMap(item) ? item.get('name') : undefined;
        walk(
          item,
          [...place, typeof name === 'string' ? name : String(i)],
          (value) => (node.items[i] = value),
        );
      });
    } else if (isScalar(node) && typeof node.value === 'string') {
      const replace = (text: string): void => {
        set(Object.assign(nodeOf(text), commentsOf(node)));
      };
      values.push({ place, text: node.value, replace });
    }
  };
  walk(yaml.contents, [], () => undefined);
  return values;
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

function commentsOf(node: Node): Partial<Pick<Node, 'comment' | 'commentBefore' | 'spaceBefore'>> {
  const { comment, commentBefore, spaceBefore } = node;
  return {
    ...(comment == null ? {} : { comment }),
    ...(commentBefore == null ? {} : { commentBefore }),
    ...(spaceBefore === undefined ? {} : { spaceBefore }),
  };
}

function resolved(yaml: Document.Parsed, node: unknown): unknown {
  return isAlias(node) ? node.resolve(yaml) : node;
}

/** A value as a node whose scalars are all text, in the quotes that they need to be read as what they are. */
function nodeOf(value: unknown): Node {
  // Quotes also for what YAML 1.1 would take for something else: people read files by those rules.
  const text = new Document(value, { compat: 'yaml-1.1' }).toString({ lineWidth: 0 });
  return parseDocument(text, { schema: 'failsafe', uniqueKeys: false }).contents as Node;
}
