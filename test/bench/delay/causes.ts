import { readFile } from 'node:fs/promises';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Profiler } from 'node:inspector';

/** A time in microseconds of the profile's clock. */
export interface Span {
  from: number;
  to: number;
}

/** How many of the causes are told. */
const most = 3;

const garbageCollector = '(garbage collector)';

/** Where a function was written. */
interface Place {
  name: string;
  /** Of a file of this repository such as `src/lib/exact-json.ts`, or the name of a package; null for Node's own. */
  source: string | null;
  isOurs: boolean;
}

/**
 * What a process did in a time: for each of its samples our function that was at work, and the package that worked
 * for it, when one did.
 *
 * @returns such as `yaml for parse in src/manifest/document.ts 83 %`, the largest first
 */
export async function causesOf(profile: Profiler.Profile, { from, to }: Span): Promise<string[]> {
  const find = await placesOf(profile);
  const parents = new Map(
    profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])),
  );
  const times = new Map<string, number>();
  let [at, all, last] = [profile.startTime, 0, ''];
  for (const [i, id] of (profile.samples ?? []).entries()) {
    const took = profile.timeDeltas?.[i] ?? 0;
    at += took;
    if (at > to) break;
    const stack: Place[] = [];
    for (let node: number | undefined = id; node !== undefined; node = parents.get(node)) {
      const place = find.get(node);
      if (place) stack.push(place);
    }
    // What is collected is what was at work before; the profile does not say.
    const cause = stack[0]?.name === garbageCollector ? last : causeOf(stack);
    last = cause;
    if (at < from) continue;
    times.set(cause, (times.get(cause) ?? 0) + took);
    all += took;
  }
  return [...times]
    .sort(([, a], [, b]) => b - a)
    .slice(0, most)
    .map(([cause, time]) => `${cause} ${Math.round((time / all) * 100)} %`);
}

/** @param stack the function at work first, then its callers */
function causeOf(stack: readonly Place[]): string {
  const [top] = stack;
  const ours = stack.findIndex(({ isOurs }) => isOurs);
  const helper = stack.slice(0, ours < 0 ? stack.length : ours).find(({ source }) => source !== null);
  const name = helper ? `${helper.source ?? ''} (${helper.name})` : ours === 0 ? null : (top?.name ?? '');
  const caller = stack[ours];
  if (!caller) return name ?? '';
  const place = `${caller.name} in ${caller.source ?? ''}`;
  return name === null ? place : `${name} for ${place}`;
}

/** The place of each node's function. */
async function placesOf({ nodes }: Profiler.Profile): Promise<Map<number, Place>> {
  const maps = new Map<string, SourceMap | null>();
  for (const url of new Set(nodes.map(({ callFrame }) => callFrame.url)))
    maps.set(url, await sourceMapOf(url));
  return new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber, columnNumber } }) => {
      const entry = maps.get(url)?.findEntry(lineNumber, columnNumber);
      const file = entry && 'originalSource' in entry ? entry.originalSource : url;
      return [id, { name: functionName || 'a function', ...sourceOf(file) }];
    }),
  );
}

function sourceOf(file: string): Omit<Place, 'name'> {
  const [, inPackage] = /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file) ?? [];
  if (inPackage !== undefined) return { source: inPackage, isOurs: false };
  const [ours] = /\bsrc\/.*$/.exec(file) ?? [];
  if (ours !== undefined) return { source: ours, isOurs: true };
  return { source: file.startsWith('file:') ? basename(file) : null, isOurs: false };
}

async function sourceMapOf(url: string): Promise<SourceMap | null> {
  // Packages' maps name files by where their authors have them.
  if (!url.startsWith('file:') || url.includes('/node_modules/')) return null;
  const text = await readFile(`${fileURLToPath(url)}.map`, 'utf8').catch(() => null);
  return text === null ? null : new SourceMap(JSON.parse(text) as SourceMapPayload);
}
