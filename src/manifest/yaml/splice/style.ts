import { isCollection, isMap, isNode, isSeq, visit } from 'yaml';
import type { Document } from 'yaml';
import type { Style } from './print-node.ts';
import { columnOf } from './source-text.ts';

/** How a text is written, so that new parts of it look like the others: indentation, and blanks in brackets. */
export function styleOf(text: string, yaml: Document.Parsed): Style {
  let indentSeq: boolean | undefined;
  let indent: number | undefined;
  visit(yaml, {
    Pair: (_key, { key, value }) => {
      if (!isNode(key) || !key.range || !isCollection(value) || value.flow === true || !value.range) return;
      const deeper = columnOf(text, value.range[0]) - columnOf(text, key.range[0]);
      if (isSeq(value)) indentSeq ??= deeper > 0;
      if (isMap(value) && deeper > 0) indent ??= deeper;
      return indent !== undefined && indentSeq !== undefined ? visit.BREAK : undefined;
    },
  });
  return {
    lineWidth: 0,
    indent: indent ?? 2,
    indentSeq: indentSeq ?? true,
    flowCollectionPadding: !/[[{][^\s\]}]/.test(text),
  };
}
