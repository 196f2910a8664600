import { describe, inject } from 'vitest';

/** The real `meltano` that the set-up of the slow tests installed; null when it could not, and in quick tests. */
export const meltano: string | null = inject('meltano') ?? null;

/** `describe` for tests that run the real Meltano. */
export const describeWithMeltano = describe.skipIf(meltano === null);
