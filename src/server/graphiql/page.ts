import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { faviconAddress } from './favicon.ts';
import { graphiqlTabs } from './tabs.ts';
import { tokenScript } from './token-script.ts';

// The animation of the tabs moves a pressed tab a little. The tab moves away from the pointer, and the first
// click on it would be lost.
const style = '<style>.graphiql-tab { transform: none !important; }</style>';

/** Stands for the options until the page is sent. */
const place = { title: 'meltano-graphql', favicon: faviconAddress, options: 'of the page' };

/** The parts of the page between which the nonce and the options are put. They are the same for everybody. */
type Parts = readonly Buffer[];

let parts: Promise<Parts> | null = null;

/**
 * Sends the page of GraphiQL. All assets are inside of it, so that it works offline.
 *
 * @param job path of the job that its operations use; null when there is none
 */
export async function sendGraphiql(response: ServerResponse, job: string | null): Promise<void> {
  parts ??= loadParts();
  const nonce = randomBytes(16).toString('base64');
  const options = {
    title: place.title,
    subscriptionsProtocol: 'SSE',
    defaultEditorToolsVisibility: false,
    defaultTabs: graphiqlTabs(job).map((query) => ({ query })),
  };
  const [start, ofToken, ofPage, end] = (await parts) as [Buffer, Buffer, Buffer, Buffer];
  const json = JSON.stringify(options).replaceAll('<', '\\u003c');
  const sent = [start, Buffer.from(nonce), ofToken, Buffer.from(nonce), ofPage, Buffer.from(json), end];
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': sent.reduce((size, { length }) => size + length, 0),
    'content-security-policy': policy(nonce),
  });
  for (const part of sent) response.write(part);
  response.end();
}

/** The page needs nothing from other servers, and runs no script but its own. Its editor makes workers and styles. */
function policy(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    'worker-src blob:',
    "style-src 'unsafe-inline'",
    'img-src data:',
    'font-src data:',
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "form-action 'none'",
    "base-uri 'none'",
  ].join('; ');
}

async function loadParts(): Promise<Parts> {
  // It has 9 MB, so it is loaded only when it is needed.
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const page = renderGraphiQL(place);
  const [beforeHeadEnds, afterHead] = halves(page, '</head>');
  const [beforeScript, script] = halves(afterHead, '<script>');
  const [beforeOptions, end] = halves(script, JSON.stringify(place));
  return [
    `${beforeHeadEnds}${style}<script nonce="`,
    `">${tokenScript}</script></head>${beforeScript}<script nonce="`,
    `">${beforeOptions}`,
    end,
  ].map((text) => Buffer.from(text));
}

function halves(text: string, at: string): [string, string] {
  const [first = '', ...rest] = text.split(at);
  if (rest.length === 0) throw new Error(`The page of GraphiQL has no ${at}.`);
  return [first, rest.join(at)];
}
