import type { ServerResponse } from 'node:http';

/** A drop between two pipes, in the colors of GraphiQL. */
const svg =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#d60590"/><path d="M4 12h7v8H4zM21 12h7v8h-7z" fill="#fff"/><path d="M16 7c3 4 4.5 6.5 4.5 9a4.5 4.5 0 0 1-9 0c0-2.5 1.500-5 4.5-9z" fill="#fff"/></svg>';

/** The icon as an address that holds it, for the page. */
export const faviconAddress = `data:image/svg+xml,${encodeURIComponent(svg)}`;

/** Sends the icon to who asks for `/favicon.ico`, as browsers do of each origin. */
export function sendFavicon(response: ServerResponse): void {
  response.writeHead(200, {
    'cache-control': 'public, max-age=86400',
    'content-type': 'image/svg+xml',
    'content-length': svg.length,
  });
  response.end(svg);
}
