import { InputCheck } from '../errors.ts';
import type { Run } from '../store/index.ts';
import type { PlacePlugin } from '../store/place.ts';
import type { Rules } from './carry-out.ts';
import type { Variable } from './environment-variables.ts';
import { decodeGlobalId } from './global-id.ts';
import { quoted } from './names.ts';
import type { Services } from './services.ts';
import { submitRun } from './submit-run.ts';

/** A property of a stream as it is stored. */
export interface StoredProperty {
  name: string;
  selection: 'SELECTED' | 'AUTOMATIC' | 'EXCLUDED' | 'UNSUPPORTED';
}

export interface DiscoverStreamsInput extends Rules {
  /** Id of an extractor, or its name. */
  plugin: string;
  /** Id or path of the environment. */
  environment: string;
  refreshCatalog?: boolean | null | undefined;
  env?: readonly Variable[] | null | undefined;
  timeout?: number | null | undefined;
}

/**
 * Starts a run that lists the streams of an extractor and their selection, with `meltano select`. When it succeeds
 * it replaces the catalog that the extractor has in the environment.
 *
 * @returns the run, QUEUED
 * @throws NotFound, InvalidInput, Conflict
 */
export async function discoverStreams(services: Services, input: DiscoverStreamsInput): Promise<Run> {
  const place = { type: 'Environment', text: input.environment, path: ['input', 'environment'] } as const;
  return submitRun(services, { mutation: 'discoverStreams', input, place }, ({ plugins }) => {
    const check = new InputCheck();
    const name = checkExtractor(check, input.plugin, plugins, 'plugin');
    return { kind: 'DISCOVER', names: [name], path: 'plugin', check };
  });
}

/**
 * Finds the extractor, and notes why there is none.
 *
 * @param text its id or its name
 * @param path where in the input that stands
 * @returns its name
 */
export function checkExtractor(
  check: InputCheck,
  text: string,
  plugins: readonly PlacePlugin[],
  path: string,
): string {
  const globalId = decodeGlobalId(text);
  const id = globalId?.type === 'Plugin' ? globalId.id : null;
  const called = plugins.filter((plugin) => plugin.id === id || plugin.name === text);
  const extractor = called.find(({ type }) => type === 'EXTRACTOR');
  if (extractor) return extractor.name;
  const [other] = called;
  if (other) {
    const message = `"${other.name}" is of the type ${other.type.toLowerCase()}; only extractors have streams.`;
    check.add(path, 'NOT_AN_EXTRACTOR', message);
  } else {
    const message = `The project has no plugin ${quoted(text)}; give the id or the name of an extractor.`;
    check.add(path, 'UNKNOWN_PLUGIN', message);
  }
  return text;
}
