import { Prisma } from './generated/client.ts';

/** A piece of SQL with its parameters. */
export type Sql = Prisma.Sql;
export const Sql = Prisma.Sql;

/** Tagged template: what stands in `${}` becomes a parameter, or is nested when it is SQL itself. */
export const sql = Prisma.sql;
export const join = Prisma.join;
/** Text that goes into the statement as it is: never anything that a caller gave. */
export const raw = Prisma.raw;
