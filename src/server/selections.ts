import {
  Kind,
  visit,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLError,
  type SelectionSetNode,
} from 'graphql';
import { limitExceeded } from './request-errors.ts';

/** Limits of what a document selects. */
export interface SelectionLimits {
  /** Levels of fields within fields. A fragment counts as one level. Introspection has its own limit. */
  depth: number;
  /** Number of fields with an alias. */
  aliases: number;
  /**
   * Times that a selection names the same field, and fragments that it spreads. Validation compares each with
   * each.
   */
  repeats: number;
  spreads: number;
}

/** Why a document selects too much; null when it does not. It takes a time that grows with the document's length. */
export function checkSelections(document: DocumentNode, limits: SelectionLimits): GraphQLError | null {
  let error: GraphQLError | null = null;
  const extentOf = extents(document);
  visit(document, {
    SelectionSet: (set) => {
      error ??= checkSelection(set, limits);
    },
    OperationDefinition: ({ selectionSet }) => {
      const { depth, aliases } = extentOf(selectionSet);
      if (depth > limits.depth) {
        error ??= limitExceeded(`Query depth limit of ${limits.depth} exceeded, found ${depth}.`);
      } else if (aliases > limits.aliases) {
        error ??= limitExceeded(`Aliases limit of ${limits.aliases} exceeded, found ${aliases}.`);
      }
    },
  });
  return error;
}

function checkSelection({ selections }: SelectionSetNode, limits: SelectionLimits): GraphQLError | null {
  const fields = new Map<string, number>();
  const spreads = new Set<string>();
  for (const selection of selections) {
    if (selection.kind === Kind.FRAGMENT_SPREAD) spreads.add(selection.name.value);
    if (selection.kind !== Kind.FIELD) continue;
    const name = (selection.alias ?? selection.name).value;
    fields.set(name, (fields.get(name) ?? 0) + 1);
  }
  const repeats = Math.max(0, ...fields.values());
  if (repeats > limits.repeats)
    return limitExceeded(`A selection names a field ${repeats} times; ${limits.repeats} are allowed.`);
  return spreads.size > limits.spreads
    ? limitExceeded(`A selection spreads ${spreads.size} fragments; ${limits.spreads} are allowed.`)
    : null;
}

/** How far a selection goes, with the fragments that it spreads. */
interface Extent {
  depth: number;
  aliases: number;
}

const nothing: Extent = { depth: 0, aliases: 0 };

function extents({ definitions }: DocumentNode): (set: SelectionSetNode) => Extent {
  const isFragment = (node: { kind: Kind }): node is FragmentDefinitionNode =>
    node.kind === Kind.FRAGMENT_DEFINITION;
  const fragments = new Map(definitions.filter(isFragment).map((node) => [node.name.value, node] as const));
  const known = new Map<string, Extent>();
  const ofFragment = (name: string): Extent => {
    const before = known.get(name);
    if (before) return before;
    // Validation refuses a fragment that contains itself.
    known.set(name, nothing);
    const fragment = fragments.get(name);
    const extent = fragment ? extentOf(fragment.selectionSet) : nothing;
    known.set(name, extent);
    return extent;
  };
  const extentOf = ({ selections }: SelectionSetNode): Extent => {
    const extent = { ...nothing };
    for (const selection of selections) {
      const isField = selection.kind === Kind.FIELD;
      if (isField && selection.name.value === '__schema') continue;
      const { depth, aliases } =
        selection.kind === Kind.FRAGMENT_SPREAD
          ? ofFragment(selection.name.value)
          : selection.selectionSet
            ? extentOf(selection.selectionSet)
            : nothing;
      extent.depth = Math.max(extent.depth, 1 + depth);
      extent.aliases += aliases + (isField && selection.alias ? 1 : 0);
    }
    return extent;
  };
  return extentOf;
}
