import type { Gateway } from '../gateway.ts';

/** For how many days deliveries are kept after their end. */
export const keptDays = 14;

/** Removes deliveries that ended long ago, and those of webhooks that were deleted. */
export async function forgetDeliveries({ db }: Pick<Gateway, 'db'>): Promise<void> {
  while (await db.deliveries.forget(keptDays));
}
