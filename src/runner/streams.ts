import { isStorable } from './storable.ts';

/** What becomes of a property in a run. Source: meltano/core/plugin/singer/catalog.py (SelectionType). */
export const selections = ['SELECTED', 'AUTOMATIC', 'EXCLUDED', 'UNSUPPORTED'] as const;

export interface DiscoveredProperty {
  /** Its name, with those of the objects around it before it and dots between them. */
  name: string;
  selection: (typeof selections)[number];
}

/** A stream, which Meltano lists by its properties alone. */
export interface DiscoveredStream {
  name: string;
  properties: DiscoveredProperty[];
}

/** What `meltano select --json` lists. */
export interface DiscoveredStreams {
  /** The patterns of `select` that are in force. */
  patterns: string[];
  /** Each once, in Meltano's order, which is by name. */
  streams: DiscoveredStream[];
}

/** The longest name of a stream: it is a key of the database. */
const maxNameLength = 500;

/** Reads what `meltano select --json` has printed; says what is wrong when it cannot be used. */
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
    const odd = [...patterns, ...names].find((name) => typeof name !== 'string' || !isStorable(name));
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

/** As Meltano prints it, if it prints what it should. */
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
