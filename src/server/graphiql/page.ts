import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { prepareAssets } from './assets.ts';
import type { Example } from './example.ts';
import { faviconAddress } from './favicon.ts';
import { graphiqlTabs } from './tabs.ts';

/**
 * Sends the page of GraphiQL. It loads its script and its style from this server, so it works offline.
 *
 * @param example what its operations are about; null when there is nothing
 */
export function sendGraphiql(response: ServerResponse, example: Example | null): void {
  // They are asked for next. When they fail, that request says so.
  prepareAssets().catch(() => undefined);
  const nonce = randomBytes(16).toString('base64');
  const page = pageOf(example, nonce);
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(page),
    'content-security-policy': policy(nonce),
  });
  response.end(page);
}

// The addresses have no slash in front: a proxy may serve all this below a path.
function pageOf(example: Example | null, nonce: string): string {
  const options = {
    title: 'meltano-graphql',
    defaultEditorToolsVisibility: false,
    defaultTabs: graphiqlTabs(example).map((query) => ({ query })),
  };
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>${options.title}</title>
    <link rel="icon" href="${faviconAddress}" />
    <link rel="stylesheet" href="graphql/graphiql.css" />
  </head>
  <body id="body" class="no-focus-outline">
    <noscript>GraphiQL needs JavaScript.</noscript>
    <div id="root"></div>
    <script type="application/json" id="options">${JSON.stringify(options).replaceAll('<', '\\u003c')}</script>
    <script nonce="${nonce}" src="graphql/graphiql.js"></script>
  </body>
</html>
`;
}

/** The page needs nothing from other servers, and runs no script but its own. Its editor makes workers and styles. */
function policy(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    'worker-src blob:',
    "style-src 'self' 'unsafe-inline'",
    'img-src data:',
    'font-src data:',
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "form-action 'none'",
    "base-uri 'none'",
  ].join('; ');
}
