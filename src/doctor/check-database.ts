import type { Config } from '../config/config.ts';
import type { Send } from '../lib/sql.ts';
import { DataDirectoryHeld } from '../store/database/embedded/data-directory.ts';
import { DatabaseNewer, missingMigrations, refuseNewer } from '../store/database/migrations.ts';
import { openToLook, type Look } from '../store/database/open-to-look.ts';
import { firstLine, type Check } from './check.ts';

/** How far apart the clocks of the database and of this machine may be, in seconds. */
const mostSkewSeconds = 5;

/** Opens the database of the gateway to look at it. @returns null, and why it was not opened */
export async function openDatabase({
  database,
}: Pick<Config, 'database'>): Promise<{ look: Look; check: null } | { look: null; check: Check }> {
  if (database.kind === 'OPEN') throw new Error('Settings name a server or a directory.');
  const said = (status: Check['status'], message: string) =>
    ({ look: null, check: { check: 'database', status, message } }) as const;
  try {
    const look = await openToLook(database);
    if (look) return { look, check: null };
    return said('SKIPPED', 'There is none yet; the first start makes an embedded one.');
  } catch (error) {
    // A gateway uses it, and tells how it is.
    if (error instanceof DataDirectoryHeld) {
      return said(
        'SKIPPED',
        `${firstLine(error)} If that is a gateway, its /readyz says how the database is.`,
      );
    }
    return said('FAILED', firstLine(error));
  }
}

/** The version of the database, the time that it has, and its tables. */
export async function checkDatabase({ database }: Pick<Config, 'database'>, send: Send): Promise<Check[]> {
  const before = Date.now();
  const [row] = (await send(
    `SELECT current_setting('server_version') AS version, (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms`,
    [],
  )) as unknown as [{ version: string; ms: number }];
  const skew = (row.ms - (before + Date.now()) / 2) / 1000;
  const place =
    database.kind === 'SERVER' ? `at ${new URL(database.url).host}` : 'embedded in the data directory';
  return [
    { check: 'database', status: 'OK', message: `PostgreSQL ${row.version} ${place}` },
    clockCheck(skew),
    await checkTables(send),
  ];
}

function clockCheck(skew: number): Check {
  const apart = `${Math.abs(skew).toFixed(1)} s ${skew < 0 ? 'behind' : 'ahead of'} the clock of this machine`;
  return Math.abs(skew) <= mostSkewSeconds
    ? { check: 'clock', status: 'OK', message: 'The database and this machine agree on the time.' }
    : {
        ...{ check: 'clock', status: 'WARNING' },
        message: `The clock of the database is ${apart}. Schedules and leases go by that of the database; set both.`,
      };
}

async function checkTables(send: Send): Promise<Check> {
  const check = 'migrations';
  try {
    const newer = await refuseNewer(send);
    const missing = await missingMigrations(send);
    if (missing.length === 0) {
      const message =
        newer.length === 0
          ? 'The tables are those of this version.'
          : 'The tables are those of a newer version, which this one can use, too.';
      return { check, status: 'OK', message };
    }
    const message = `${missing.length} are missing, the first is ${missing[0] ?? ''}; the next start makes them.`;
    return { check, status: 'WARNING', message };
  } catch (error) {
    if (error instanceof DatabaseNewer) return { check, status: 'FAILED', message: firstLine(error) };
    throw error;
  }
}
