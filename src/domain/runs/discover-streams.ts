import type { Run } from '../../store/index.ts';
import { quoted } from '../../lib/quoted.ts';
import type { Gateway } from '../gateway.ts';
import { submitRunOfPlugin, type PluginCheck, type RunOfPluginInput } from './run-of-plugin.ts';

/** A property of a stream as the store keeps it. */
export interface StoredProperty {
  name: string;
  selection: 'SELECTED' | 'AUTOMATIC' | 'EXCLUDED' | 'UNSUPPORTED';
}

export interface DiscoverStreamsInput extends RunOfPluginInput {
  refreshCatalog?: boolean | null | undefined;
}

/**
 * Starts a run that lists an extractor's streams and their selection, with `meltano select`. If it succeeds,
 * it replaces the extractor's catalog in the environment.
 *
 * @returns the run, QUEUED
 * @throws NotFound, InvalidInput, Conflict
 */
export function discoverStreams(gateway: Gateway, input: DiscoverStreamsInput): Promise<Run> {
  return submitRunOfPlugin(gateway, { mutation: 'discoverStreams', kind: 'DISCOVER', input }, checkExtractor);
}

/** Finds the extractor, see `PluginCheck`. */
export const checkExtractor: PluginCheck = (check, called, text, _plugins, path) => {
  const extractor = called.find(({ type }) => type === 'EXTRACTOR');
  if (extractor) return extractor.name;
  const [other] = called;
  if (other) {
    const message = `"${other.name}" is of the type ${other.type.toLowerCase()}; only extractors have streams.`;
    check.add(path, 'NOT_AN_EXTRACTOR', message);
  } else {
    const message = `The project has no plugin ${quoted(text)} any more.`;
    check.add(path, 'UNKNOWN_PLUGIN', message);
  }
  return text;
};
