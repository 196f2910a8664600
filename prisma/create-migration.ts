// npm run migration -- <name>: writes the next migration, from the difference between prisma/migrations and
// prisma/schema.prisma. Never edit a migration that was merged. It only adds, because processes of the version before go on
// beside it; `refuseNewer` says what one that takes something away is called.
import { mkdir, writeFile } from 'node:fs/promises';
import { PGlite } from '@electric-sql/pglite';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import { migrationDrift } from '../src/store/database/migrations.ts';

const name = process.argv[2];
if (name === undefined || !/^[a-z0-9_]+$/.test(name)) {
  throw new Error('Name the migration: npm run migration -- add_run_priority');
}
const sql = await migrationDrift(new PrismaPGlite(new PGlite()));
if (sql === '') {
  console.log('The migrations already lead to prisma/schema.prisma.');
} else {
  const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const directory = new URL(`migrations/${stamp}_${name}/`, import.meta.url);
  await mkdir(directory, { recursive: true });
  await writeFile(new URL('migration.sql', directory), sql);
  console.log(`prisma/migrations/${stamp}_${name}/migration.sql`);
}
process.exit();
