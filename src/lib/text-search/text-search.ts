import { inSlices } from '../event-loop/slices.ts';

/** Parts of a text, each from its start up to its end: sorted, and apart from each other. */
export type Ranges = [from: number, to: number][];

/**
 * Says where a text contains one of many others. It takes time in proportion to the text alone.
 *
 * @param isCut whether the text goes on after its end: then the start of another one counts there, too, from
 *   `leastCut` characters on
 */
export type TextSearch = (text: string, isCut?: boolean) => Ranges;

/** How many characters at the end of a cut text count as the start of another text. */
const leastCut = 4;

/**
 * Makes a search for some texts, none of which is empty, by the algorithm of Aho and Corasick: a tree of all
 * beginnings, where each node also leads to the longest beginning that its end is.
 */
export async function textSearch(texts: ReadonlySet<string>): Promise<TextSearch> {
  const tree = await treeOf(texts);
  await addFallbacks(tree);
  const { starts, depth, longest } = tree;
  return (text, isCut = false) => {
    const ranges: Ranges = [];
    let node = 0;
    for (let i = 0; i < text.length; i += 1) {
      const unit = text.charCodeAt(i);
      if (node === 0 && starts[unit & 255] === 0) continue;
      node = step(tree, node, unit);
      const length = longest[node] as number;
      if (length > 0) add(ranges, i + 1 - length, i + 1);
    }
    const begun = depth[node] as number;
    if (isCut && begun >= leastCut) add(ranges, text.length - begun, text.length);
    return ranges;
  };
}

/** Adds a range that ends last. */
export function add(ranges: Ranges, from: number, to: number): void {
  let start = from;
  for (let last = ranges.at(-1); last && last[1] >= start; last = ranges.at(-1)) {
    start = Math.min(start, last[0]);
    ranges.pop();
  }
  ranges.push([start, to]);
}

/** The root is node 0. The child of a node for a UTF-16 unit is found in `slots`, a hash table of nodes. */
interface Tree {
  size: number;
  parent: Int32Array;
  unit: Uint16Array;
  /** Number of units that lead to a node. */
  depth: Int32Array;
  /** The node of the longest beginning that is an end of this one. */
  fallback: Int32Array;
  /** Length of the longest text that ends at a node; 0 when none does. */
  longest: Int32Array;
  slots: Int32Array;
  /** Whether a text begins with a unit that has these last eight bits. */
  starts: Uint8Array;
}

async function treeOf(texts: ReadonlySet<string>): Promise<Tree> {
  const turn = inSlices();
  let most = 1;
  for (const { length } of texts) most += length;
  const numbers = (): Int32Array => new Int32Array(most);
  const tree: Tree = {
    size: 1,
    parent: numbers(),
    unit: new Uint16Array(most),
    depth: numbers(),
    fallback: numbers(),
    longest: numbers(),
    slots: new Int32Array(2 ** Math.ceil(Math.log2(2 * most))),
    starts: new Uint8Array(256),
  };
  for (const text of texts) {
    let node = 0;
    for (let i = 0; i < text.length; i += 1) node = grow(tree, node, text.charCodeAt(i));
    tree.longest[node] = text.length;
    tree.starts[text.charCodeAt(0) & 255] = 1;
    await turn();
  }
  return tree;
}

function slotOf({ parent, unit, slots }: Tree, node: number, wanted: number): number {
  const mask = slots.length - 1;
  let slot = Math.imul(node ^ Math.imul(wanted + 1, 0x9e3779b1), 0x85ebca6b);
  slot = (slot ^ (slot >>> 15)) & mask;
  for (;;) {
    const found = slots[slot] as number;
    if (found === 0 || (parent[found] === node && unit[found] === wanted)) return slot;
    slot = (slot + 1) & mask;
  }
}

function childOf(tree: Tree, node: number, unit: number): number {
  return tree.slots[slotOf(tree, node, unit)] as number;
}

function grow(tree: Tree, node: number, unit: number): number {
  const slot = slotOf(tree, node, unit);
  const found = tree.slots[slot] as number;
  if (found !== 0) return found;
  const child = tree.size++;
  tree.slots[slot] = child;
  tree.parent[child] = node;
  tree.unit[child] = unit;
  tree.depth[child] = (tree.depth[node] as number) + 1;
  return child;
}

/** The node of the longest beginning that a node's text and one more unit end with. */
function step(tree: Tree, from: number, unit: number): number {
  let node = from;
  for (;;) {
    const child = childOf(tree, node, unit);
    if (child !== 0 || node === 0) return child;
    node = tree.fallback[node] as number;
  }
}

async function addFallbacks(tree: Tree): Promise<void> {
  const turn = inSlices();
  const { size, parent, unit, fallback, longest } = tree;
  const order = byDepth(tree);
  for (let i = 1; i < size; i += 1) {
    const node = order[i] as number;
    const above = parent[node] as number;
    const next = above === 0 ? 0 : step(tree, fallback[above] as number, unit[node] as number);
    fallback[node] = next;
    longest[node] = Math.max(longest[node] as number, longest[next] as number);
    if (i % 1000 === 0) await turn();
  }
}

/** All nodes, those nearer to the root first: fallbacks are among them, and so complete when they are needed. */
function byDepth({ size, depth }: Tree): Int32Array {
  const before: number[] = [];
  for (let node = 0; node < size; node += 1) {
    const at = (depth[node] as number) + 1;
    before[at] = (before[at] ?? 0) + 1;
  }
  before[0] = 0;
  for (let at = 1; at < before.length; at += 1) before[at] = (before[at] ?? 0) + (before[at - 1] ?? 0);
  const order = new Int32Array(size);
  for (let node = 0; node < size; node += 1) {
    const at = depth[node] as number;
    order[before[at] as number] = node;
    before[at] = (before[at] as number) + 1;
  }
  return order;
}
