import tseslint from 'typescript-eslint';

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
          message: 'Only main.ts and config.ts look at the process; take what you need as an argument.',
        },
      ],
      'no-console': 'error',
    },
  },
  {
    // The entry points, the process layer and the tests speak to the process itself.
    files: ['src/main.ts', 'src/schema/print.ts', 'test/**/*.ts', 'prisma/*.ts'],
    rules: { 'no-restricted-globals': 'off', 'no-console': 'off' },
  },
);
