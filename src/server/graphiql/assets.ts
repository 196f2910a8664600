import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { startThread } from '../../lib/event-loop/start-thread.ts';
import { etagOf, isKnown } from '../http/etags.ts';

/** The types of the files that GraphiQL's page loads, by their names. */
const types = {
  'graphiql.js': 'text/javascript; charset=utf-8',
  'graphiql.css': 'text/css; charset=utf-8',
} as const;

/** The name of such a file. */
export type AssetName = keyof typeof types;

interface Asset {
  gzip: Buffer;
  etag: string;
}

let made: Promise<Record<AssetName, Asset>> | null = null;

/** Whether the page loads a file of that name. */
export function isAsset(name: string): name is AssetName {
  return Object.hasOwn(types, name);
}

/** Makes the files ready before they are asked for. */
export function prepareAssets(): Promise<Record<AssetName, Asset>> {
  made ??= make();
  made.catch(() => {
    made = null;
  });
  return made;
}

/** Sends one of the files that GraphiQL's page loads. Only their compressed form is kept. */
export async function sendAsset(
  { headers }: IncomingMessage,
  response: ServerResponse,
  name: AssetName,
): Promise<void> {
  const { gzip, etag } = (await prepareAssets())[name];
  // Both forms have the same tag, so it is a weak one.
  response.setHeader('etag', `W/${etag}`);
  response.setHeader('cache-control', 'public, no-cache');
  response.setHeader('vary', 'accept-encoding');
  if (isKnown(headers['if-none-match'], etag)) {
    response.writeHead(304).end();
    return;
  }
  response.setHeader('content-type', types[name]);
  if (takesGzip(headers['accept-encoding'])) {
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': gzip.length });
    response.end(gzip);
    return;
  }
  const plain = createGunzip();
  // A client that leaves before the end is no failure.
  pipeline(plain, response, () => undefined);
  plain.end(gzip);
}

/** Whether a client takes compressed answers, by its `Accept-Encoding` header. */
function takesGzip(header: string | string[] | undefined): boolean {
  return String(header ?? '')
    .split(',')
    .map((one) => one.split(';').map((part) => part.trim().toLowerCase()))
    .some(([name, quality = 'q=1']) => name === 'gzip' && Number(quality.slice('q='.length)) > 0);
}

async function make(): Promise<Record<AssetName, Asset>> {
  const thread = startThread('./assets-thread', import.meta.url);
  const [files] = (await once(thread, 'message')) as [Record<AssetName, Uint8Array>];
  void thread.terminate();
  const asset = (name: AssetName): Asset => {
    const gzip = Buffer.from(files[name].buffer, files[name].byteOffset, files[name].byteLength);
    return { gzip, etag: etagOf(gzip) };
  };
  return { 'graphiql.js': asset('graphiql.js'), 'graphiql.css': asset('graphiql.css') };
}
