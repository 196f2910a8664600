import { describe } from 'vitest';

/** The real `meltano` that the test set-up provisioned; null when it could not, which it says loudly. */
export const meltano: string | null = process.env.MELTANO_GRAPHQL_TEST_MELTANO ?? null;

/** `describe` for what runs the real Meltano. */
export const describeWithMeltano = describe.skipIf(meltano === null);
