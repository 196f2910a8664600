import { defineConfig } from 'prisma/config';

// `prisma generate` needs no native engine, yet the CLI downloads one first unless it is told where
// one is. Any executable does for `generate`; the dummy must never reach `prisma migrate`.
if (process.argv.includes('generate')) process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;

const url = process.env.DATABASE_URL;

export default defineConfig({
  schema: 'schema.prisma',
  migrations: { path: 'migrations' },
  ...(url === undefined ? {} : { datasource: { url } }),
});
