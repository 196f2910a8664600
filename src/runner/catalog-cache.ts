import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { randomUUID } from 'node:crypto';

/** What Meltano keeps of a tap's discovery; it uses the catalog again while the key matches the tap's settings. */
interface CachedCatalog {
  key: string;
  catalog: string;
}

/** Source: meltano/core/plugin/singer/tap.py, which makes no key for taps without a `pip_url`. */
const files = { catalog: 'tap.properties.json', key: 'tap.properties.cache_key' };

/**
 * Puts kept catalogs where a run's taps look for them. Whether one is used is Meltano's to decide: not under
 * `--refresh-catalog` or `--full-refresh`, and not when the tap's settings have changed.
 */
export async function restoreCatalogs(cacheDirectory: string, systemDirectory: string): Promise<void> {
  for (const name of await entries(cacheDirectory)) {
    if (!name.endsWith('.json')) continue;
    const cached = parse(await readFile(join(cacheDirectory, name), 'utf8').catch(() => ''));
    if (cached === null) continue;
    const directory = join(systemDirectory, 'run', basename(name, '.json'));
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, files.catalog), cached.catalog);
    await writeFile(join(directory, files.key), cached.key);
  }
}

/** Keeps the catalogs that a run has left, catalog and key as one file, so that two runs cannot mix theirs. */
export async function keepCatalogs(systemDirectory: string, cacheDirectory: string): Promise<void> {
  await mkdir(cacheDirectory, { recursive: true });
  for (const plugin of await entries(join(systemDirectory, 'run'))) {
    const directory = join(systemDirectory, 'run', plugin);
    const key = await readFile(join(directory, files.key), 'utf8').catch(() => '');
    const catalog = await readFile(join(directory, files.catalog), 'utf8').catch(() => '');
    // Meltano rewrites the catalog in place while the key of the last run stands.
    if (key === '' || !isJson(catalog)) continue;
    const cached: CachedCatalog = { key, catalog };
    const temporary = join(cacheDirectory, `${randomUUID()}.new`);
    await writeFile(temporary, JSON.stringify(cached));
    await rename(temporary, join(cacheDirectory, `${plugin}.json`));
  }
}

/** Forgets all kept catalogs: another version of a tap may discover something else. */
export async function forgetCatalogs(cacheDirectory: string): Promise<void> {
  await rm(cacheDirectory, { recursive: true, force: true });
}

function parse(text: string): CachedCatalog | null {
  if (!isJson(text)) return null;
  const value = JSON.parse(text) as Partial<CachedCatalog> | null;
  const { key, catalog } = value ?? {};
  return typeof key === 'string' && typeof catalog === 'string' ? { key, catalog } : null;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

async function entries(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => []);
}
