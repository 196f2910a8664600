import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { randomUUID } from 'node:crypto';

/**
 * A catalog that Meltano has cached. It uses the catalog again while the key matches the settings of the
 * extractor.
 */
interface CachedCatalog {
  key: string;
  catalog: string;
}

/** Source: meltano/core/plugin/singer/tap.py. Extractors without a `pip_url` have no key. */
const files = { catalog: 'tap.properties.json', key: 'tap.properties.cache_key' };

/**
 * Puts the kept catalogs where the extractors of a run look for them. Meltano decides whether it uses one:
 * not with `--refresh-catalog` or `--full-refresh`, and not when the settings of the extractor have changed.
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

/**
 * Keeps the catalogs that a run has left. Catalog and key are one file, so that two runs cannot mix theirs.
 */
export async function keepCatalogs(systemDirectory: string, cacheDirectory: string): Promise<void> {
  await mkdir(cacheDirectory, { recursive: true });
  for (const plugin of await entries(join(systemDirectory, 'run'))) {
    const directory = join(systemDirectory, 'run', plugin);
    const key = await readFile(join(directory, files.key), 'utf8').catch(() => '');
    const catalog = await readFile(join(directory, files.catalog), 'utf8').catch(() => '');
    // Meltano rewrites the catalog in place while the key of the last run is still there.
    if (key === '' || !isJson(catalog)) continue;
    const cached: CachedCatalog = { key, catalog };
    const temporary = join(cacheDirectory, `${randomUUID()}.new`);
    await writeFile(temporary, JSON.stringify(cached));
    await rename(temporary, join(cacheDirectory, `${plugin}.json`));
  }
}

/** Removes all kept catalogs: another version of an extractor may discover something else. */
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
