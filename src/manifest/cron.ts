/** What an interval's alias stands for (meltano/core/schedule.py, `CRON_INTERVALS`); exact, letter case included. */
const aliases = new Map<string, string | null>([
  ['@once', null],
  ['@manual', null],
  ['@none', null],
  ['@hourly', '0 * * * *'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@weekly', '0 0 * * 0'],
  ['@monthly', '0 0 1 * *'],
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
]);

/** The cron expression that an interval means; null if it never fires by itself. Not checked to be valid. */
export function cronOf(interval: string | null): string | null {
  if (interval === null || interval === '') return null;
  const known = aliases.get(interval);
  return known === undefined ? interval : known;
}

/** Whether an expression has the five fields that Meltano asks of one. */
export function hasFiveFields(cron: string): boolean {
  return cron.trim().split(/\s+/).length === 5;
}

/** Every alias that an interval may be. */
export const intervalAliases: readonly string[] = [...aliases.keys()];
