import { keepCatalogs, restoreCatalogs } from './catalog-cache.ts';
import { selectCommandLine } from './command.ts';
import { parseLine } from './output/output.ts';
import type { Outcome } from './process/process.ts';
import type { CommonOptions } from './run-meltano.ts';
import { readStreams } from './streams.ts';
import type { DiscoveredStreams } from './streams.ts';
import { startTask } from './task.ts';
import type { Task } from './task.ts';

/** The result of a discovery. */
interface Discovery {
  /** Null when there is none. Then `complaint` says why, unless Meltano itself has said it. */
  discovered: DiscoveredStreams | null;
  complaint: string | null;
}

/** How a discovery ended. */
export type DiscoveryOutcome = Outcome & Discovery;

interface DiscoverStreams extends CommonOptions {
  environment: string;
  extractor: string;
  refreshCatalog: boolean;
}

/** The longest list that is read, in characters without its indentation. */
const maxCharacters = 5_000_000;

/**
 * Lists the streams and properties of an extractor with their selection, as `meltano select` does. Like a
 * run, it discovers them or uses the kept catalog of an earlier discovery, and it keeps the catalog.
 */
export async function discoverStreams(options: DiscoverStreams): Promise<Task<Discovery>> {
  const {
    environment,
    extractor,
    refreshCatalog,
    catalogCacheDirectory,
    onFault = () => undefined,
  } = options;
  const written: string[] = [];
  let characters = 0;
  return startTask(options, {
    commandLine: (databaseUri) => selectCommandLine({ environment, extractor, refreshCatalog, databaseUri }),
    prepare: async ({ system }) => {
      if (catalogCacheDirectory !== undefined) await restoreCatalogs(catalogCacheDirectory, system);
    },
    // The list is indented JSON and not log lines. No text in JSON contains a line end.
    read: (raw) => {
      if (raw.stream === 'STDERR') return parseLine(raw, options.mask);
      const text = raw.text.trim();
      characters += text.length;
      if (text !== '' && characters <= maxCharacters) written.push(text);
      return null;
    },
    result: async ({ exitCode }, { system }) => {
      if (exitCode !== 0) return nothing;
      if (catalogCacheDirectory !== undefined) {
        await keepCatalogs(system, catalogCacheDirectory).catch(onFault);
      }
      if (characters > maxCharacters) {
        const message = `The list of the streams and their properties has ${characters} characters; ${maxCharacters} are allowed. Narrow what the extractor discovers by its settings.`;
        return { discovered: null, complaint: message };
      }
      return readStreams(written.join(''));
    },
    nothing,
  });
}

const nothing: Discovery = { discovered: null, complaint: null };
