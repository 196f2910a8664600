import { isAlias, visit } from 'yaml';
import type { Alias, Document, Node } from 'yaml';

/** What an alias stood for when its document was opened. */
interface Target {
  node: Node;
  /** The node as text, to see whether it has changed. */
  text: string;
  /** A copy, with the values of its own aliases in their place. */
  before: Node;
}

const targets = new WeakMap<Alias, Target>();

/**
 * Notes what each alias of a document stands for, in one pass: the library searches through the whole document
 * for each alias. The reader has checked that no alias contains itself, and how much all of them stand for.
 */
export function noteTargets(yaml: Document.Parsed): void {
  const anchors = new Map<string, Node>();
  const known = new Map<Node, Target>();
  // A copy of an alias has its place in the text, too.
  const atOffset = new Map<number, Target>();
  const describe = (node: Node): Target => {
    const before = node.clone() as Node;
    visit(before, { Alias: (_key, alias) => atOffset.get(offsetOf(alias))?.before.clone() as Node });
    return { node, text: String(node), before };
  };
  visit(yaml, {
    Value: (_key, node) => {
      if (node.anchor) anchors.set(node.anchor, node);
    },
    Alias: (_key, alias) => {
      const node = anchors.get(alias.source);
      if (!node) return;
      const target = known.get(node) ?? describe(node);
      known.set(node, target);
      atOffset.set(offsetOf(alias), target);
      targets.set(alias, target);
    },
  });
}

function offsetOf({ range }: Alias): number {
  return range?.[0] ?? -1;
}

/** The node that an alias stands for; any other node itself. */
export function targetOf(node: unknown): unknown {
  return isAlias(node) ? (targets.get(node)?.node ?? null) : node;
}

/**
 * A copy of what an alias stood for: without anchors, because other nodes may have their names now, and without the
 * comments, which stay where they are.
 */
export function writtenOut(alias: Alias): Node | undefined {
  const copy = targets.get(alias)?.before.clone() as Node | undefined;
  return copy && bare(copy);
}

/** Such a copy of a value, with the values of its aliases in their place. */
export function copyOf(node: Node): Node {
  if (isAlias(node)) return writtenOut(node) ?? node;
  const aliases: Alias[] = [];
  visit(node, { Alias: (_key, alias) => void aliases.push(alias) });
  const copy = node.clone() as Node;
  let next = 0;
  visit(copy, { Alias: () => writtenOut(aliases[next++] as Alias) });
  return bare(copy);
}

function bare(node: Node): Node {
  visit(node, {
    Value: (_key, one) => {
      delete one.anchor;
      delete one.comment;
      delete one.commentBefore;
      delete one.spaceBefore;
    },
  });
  return node;
}

/**
 * Replaces aliases of nodes that were changed or removed by copies of the original, so that an edit changes
 * only its own place. Call it before secrets are replaced: those must change for all aliases.
 */
export function settleAliases({ yaml }: { yaml: Document.Parsed }): void {
  const anchors = new Map<string, Node>();
  const texts = new Map<Node, string>();
  visit(yaml, {
    Value: (_key, node) => {
      if (node.anchor) anchors.set(node.anchor, node);
    },
    Alias: (_key, alias) => {
      const target = targets.get(alias);
      if (!target) return;
      const { node, text } = target;
      const now = texts.get(node) ?? String(node);
      texts.set(node, now);
      return anchors.get(alias.source) === node && now === text ? undefined : writtenOut(alias);
    },
  });
}
