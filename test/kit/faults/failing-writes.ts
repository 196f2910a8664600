import type { Store } from '../../../src/store/index.ts';

/** The rows that some work writes, and how to let one of the writes fail. */
export interface FailingWrites {
  /** Lets the n-th row that is written from now on fail, counted from 1, and all that are written after it. */
  failFrom: (n: number) => Promise<void>;
  /** Lets each write of a kind fail, such as `DELETE` of rows of `RunLease`. */
  failOn: (table: string, operation: 'INSERT' | 'UPDATE' | 'DELETE') => Promise<void>;
  /** Lets all writes succeed again. @returns how many rows were to be written since the last call */
  succeed: () => Promise<number>;
  /** Takes the triggers off the tables. */
  remove: () => Promise<void>;
}

/**
 * Puts a trigger on each table, which counts the rows that are written, and fails when it is asked to. The count is a
 * sequence, because a sequence does not go back when a transaction does.
 */
export async function failingWrites({ prisma }: Pick<Store, 'prisma'>): Promise<FailingWrites> {
  const run = async (...statements: string[]): Promise<void> => {
    for (const statement of statements) await prisma.$executeRawUnsafe(statement);
  };
  const setFailure = (condition: string): Promise<void> =>
    run(`CREATE OR REPLACE FUNCTION fail_of_test() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE n bigint := nextval('writes_of_test');
      BEGIN
        IF ${condition} THEN RAISE EXCEPTION 'The test lets % of a row of % fail.', TG_OP, TG_TABLE_NAME; END IF;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
      END $$`);
  const tables = await prisma.$queryRawUnsafe<{ name: string }[]>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '\\_%'`,
  );
  await run('CREATE SEQUENCE writes_of_test');
  await setFailure('false');
  for (const { name } of tables) {
    await run(
      `CREATE TRIGGER fail_of_test BEFORE INSERT OR UPDATE OR DELETE ON "${name}" FOR EACH ROW EXECUTE FUNCTION fail_of_test()`,
    );
  }
  return {
    failFrom: (n) => setFailure(`n >= ${n}`),
    failOn: (table, operation) => setFailure(`TG_TABLE_NAME = '${table}' AND TG_OP = '${operation}'`),
    succeed: async () => {
      await setFailure('false');
      const [last] = await prisma.$queryRawUnsafe<{ writes: number }[]>(
        `SELECT (nextval('writes_of_test') - 1)::int AS writes`,
      );
      await run('ALTER SEQUENCE writes_of_test RESTART');
      return last?.writes ?? NaN;
    },
    remove: async () => {
      for (const { name } of tables) await run(`DROP TRIGGER fail_of_test ON "${name}"`);
      await run('DROP FUNCTION fail_of_test', 'DROP SEQUENCE writes_of_test');
    },
  };
}
