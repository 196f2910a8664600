import { isPostgresText } from '../lib/postgres-text.ts';

/** Whether a run reads a property. Source: meltano/core/plugin/singer/catalog.py (SelectionType). */
export const selections = ['SELECTED', 'AUTOMATIC', 'EXCLUDED', 'UNSUPPORTED'] as const;

export interface DiscoveredProperty {
  /** The name, after the names of the objects around it, with dots between them. */
  name: string;
  selection: (typeof selections)[number];
}

/** A stream. Meltano lists only its properties. */
export interface DiscoveredStream {
  name: string;
  properties: DiscoveredProperty[];
}

/** The result of `meltano select --json`. */
export interface DiscoveredStreams {
  /** The patterns of `select` that were used. */
  patterns: string[];
  /** Without duplicates, in Meltano's order, which is by name. */
  streams: DiscoveredStream[];
}

/** The longest name of a stream, because it is a key in the database. */
const maxNameLength = 500;

/** Reads what `meltano select --json` has printed. When it cannot be used, the answer says why. */
export function readStreams(
  text: string,
): { discovered: DiscoveredStreams; complaint: null } | { discovered: null; complaint: string } {
  try {
    const { enabled_patterns: patterns, streams: entries } = JSON.parse(text) as Listed;
    const streams = new Map<string, DiscoveredProperty[]>();
    for (const entry of entries) {
      const properties = streams.get(entry.stream) ?? [];
      streams.set(entry.stream, properties);
      properties.push({ name: entry.property, selection: selectionOf(entry.selection) });
    }
    const names = [...streams].flatMap(([stream, properties]) => [
      stream,
      ...properties.map((one) => one.name),
    ]);
    const odd = [...patterns, ...names].find((name) => typeof name !== 'string' || !isPostgresText(name));
    if (odd !== undefined)
      return refusal(`The name ${JSON.stringify(odd)} of a stream or a property cannot be stored.`);
    const long = [...streams.keys()].find((name) => name.length > maxNameLength);
    if (long !== undefined) {
      return refusal(
        `The stream "${long.slice(0, 50)}…" has a name of ${long.length} characters; ${maxNameLength} are allowed.`,
      );
    }
    const listed = [...streams].map(([name, properties]) => ({ name, properties }));
    return { discovered: { patterns, streams: listed }, complaint: null };
  } catch {
    return refusal('What meltano printed is no list of streams and properties.');
  }
}

/** The expected form of what Meltano prints. */
interface Listed {
  enabled_patterns: string[];
  streams: { stream: string; property: string; selection: string }[];
}

function selectionOf(text: string): DiscoveredProperty['selection'] {
  const selection = selections.find((one) => one === text.toUpperCase());
  if (selection === undefined) throw new Error(`Meltano says "${text}", which is no selection.`);
  return selection;
}

function refusal(complaint: string): { discovered: null; complaint: string } {
  return { discovered: null, complaint };
}
