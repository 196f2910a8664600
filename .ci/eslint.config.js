import graphql from '@graphql-eslint/eslint-plugin';
import tseslint from 'typescript-eslint';
import { linearPatterns } from './eslint/linear-patterns.js';

export default tseslint.config(
  { ignores: ['dist/**', 'src/store/generated/**', '.meltano-graphql/**'] },
  {
    files: ['src/**/*.ts', 'test/**/*.ts', 'prisma/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      // A template literal with a number in it is clear; anything else must be formatted on purpose.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // `{}` as an index signature reads better as Record<string, …> and as an interface alike.
      '@typescript-eslint/consistent-type-definitions': 'off',
      // `!` is forbidden, so a cast is how an index that was checked says so.
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      'no-restricted-globals': [
        'error',
        {
          name: 'process',
          message: 'Only main.ts and serve.ts look at the process; take what you need as an argument.',
        },
      ],
      'no-console': 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    plugins: { meltano: { rules: { 'linear-patterns': linearPatterns } } },
    rules: { 'meltano/linear-patterns': 'error' },
  },
  {
    // The entry points, the process layer and the tests speak to the process itself.
    files: ['src/{main,serve}.ts', 'src/schema/print.ts', 'test/**/*.ts', 'prisma/*.ts'],
    rules: { 'no-restricted-globals': 'off', 'no-console': 'off' },
  },
  {
    // Pothos' plugins add to its types by a namespace, with the type parameters that its own declarations have.
    files: ['src/reading/fields/global-types.ts'],
    rules: { '@typescript-eslint/no-namespace': 'off', '@typescript-eslint/no-unused-vars': 'off' },
  },
  {
    files: ['schema.graphql'],
    plugins: { '@graphql-eslint': graphql },
    languageOptions: {
      parser: graphql.parser,
      parserOptions: { graphQLConfig: { schema: 'schema.graphql' } },
    },
    rules: {
      ...graphql.configs['flat/schema-recommended'].rules,
      ...graphql.configs['flat/schema-relay'].rules,
      // Lists of values and of parts of an object are plain, and connections have `nodes` beside `edges`. Log lines
      // and metrics, of which there are millions, have no ids.
      '@graphql-eslint/relay-edge-types': [
        'error',
        { listTypeCanWrapOnlyEdgeType: false, shouldImplementNode: false },
      ],
      // Meltano's own word is state id.
      '@graphql-eslint/no-typename-prefix': 'off',
      // What is a node has an id; parts of nodes, answers and refusals have none.
      '@graphql-eslint/strict-id-in-types': 'off',
    },
  },
);
