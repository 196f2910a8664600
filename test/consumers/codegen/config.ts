import type { CodegenConfig } from '@graphql-codegen/cli';

/** The configuration of GraphQL Code Generator for an application in TypeScript. */
export const config = {
  // The text of the schema, which says `@oneOf`: introspection does so only when it is asked.
  schema: 'http://127.0.0.1:4000/schema.graphql',
  documents: 'operations.graphql',
  generates: {
    'generated/': {
      preset: 'client',
      presetConfig: {
        // The list for `--trusted-documents`: generated/persisted-documents.json
        persistedDocuments: true,
      },
      config: {
        // Each scalar has a type: a new one would not become `any` unnoticed.
        strictScalars: true,
        scalars: { DateTime: 'string', JSON: 'unknown' },
        enumsAsTypes: true,
        useTypeImports: true,
      },
    },
  },
} satisfies CodegenConfig;
