import fc from 'fast-check';

/**
 * What the tests draw their arbitrary values from. It is the same in each run, so that a change is judged by
 * itself and not by what was drawn; `npm run fuzz` draws another one.
 */
export const seed = Number(process.env.FUZZ_SEED ?? 20261129);

fc.configureGlobal({ seed });
