import type { Vault } from '../../../src/lib/vault/vault.ts';

/** A vault without a key, for parts of a gateway that are put together by hand. */
export const plainVault: Vault = { lock: (text) => text, unlock: (text) => text };
