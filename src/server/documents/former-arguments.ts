import {
  isObjectType,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { presentName } from '../../schema/evolution/former-names.ts';

const written = new WeakMap<DocumentNode, DocumentNode>();

/** A document as its client has written it. */
export function asWritten(document: DocumentNode): DocumentNode {
  return written.get(document) ?? document;
}

/** Puts the present names of arguments in the place of former ones, right after a document was parsed. */
export function formerArgumentsPlugins(schema: GraphQLSchema): Plugin[] {
  if (!hasFormerArguments(schema)) return [];
  const renamed = new WeakMap<DocumentNode, DocumentNode>();
  return [
    {
      onParse:
        () =>
        ({ result, replaceParseResult }) => {
          if (result === null || result instanceof Error) return;
          const document = result as DocumentNode;
          const known = renamed.get(document) ?? withPresentNames(schema, document);
          renamed.set(document, known);
          if (known !== document) written.set(known, document);
          replaceParseResult(known);
        },
    },
  ];
}

function hasFormerArguments(schema: GraphQLSchema): boolean {
  return Object.values(schema.getTypeMap()).some(
    (type) =>
      isObjectType(type) &&
      Object.values(type.getFields()).some(({ args }) => args.some((argument) => presentName(argument))),
  );
}

/** A document with the present names of its arguments; the same document when it has no others. */
function withPresentNames(schema: GraphQLSchema, document: DocumentNode): DocumentNode {
  const types = new TypeInfo(schema);
  return visit(
    document,
    visitWithTypeInfo(types, {
      Argument: (node) => {
        const argument = types.getArgument();
        const name = argument ? presentName(argument) : null;
        return name === null ? undefined : { ...node, name: { kind: Kind.NAME, value: name } };
      },
    }),
  );
}
