import { defineConfig } from 'prisma/config';

// `prisma generate` needs no native engine, but the CLI downloads one unless it knows the path of an
// executable. For `generate` any executable will do. `prisma migrate` must never get this one.
if (process.argv.includes('generate')) process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;

const url = process.env.DATABASE_URL;

export default defineConfig({
  schema: 'schema.prisma',
  migrations: { path: 'migrations' },
  ...(url === undefined ? {} : { datasource: { url } }),
});
