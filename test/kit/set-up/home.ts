import { fileURLToPath } from 'node:url';

/** The directory that keeps what the tests need from one run to the next. */
export const home =
  process.env.MELTANO_GRAPHQL_HOME ?? fileURLToPath(new URL('../../../.meltano-graphql', import.meta.url));
