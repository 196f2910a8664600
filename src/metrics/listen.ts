import { createServer, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Metrics } from './metrics.ts';
import { metricsPath, textType } from './names.ts';

/** Sends the metrics to who may have them. */
export async function sendMetrics(metrics: Metrics, response: ServerResponse): Promise<void> {
  const text = await metrics.text();
  response.writeHead(200, { 'content-type': textType, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

/** Where metrics are served beside the API. */
export interface MetricsAddress {
  host: string;
  port: number;
}

/** A server of metrics. */
export interface MetricsServer {
  url: string;
  close: () => Promise<void>;
}

/** How long a request may take to arrive, in milliseconds. */
const requestMs = 10_000;

/**
 * Serves metrics, and nothing else, on an address of their own. Nobody is asked for a token there.
 *
 * @throws when the address cannot be used
 */
export async function serveMetrics(
  metrics: Metrics,
  { host, port }: MetricsAddress,
  onError: (error: unknown) => void,
): Promise<MetricsServer> {
  const server = createServer({ requestTimeout: requestMs }, ({ url = '', method }, response) => {
    response.setHeader('cache-control', 'no-store');
    response.setHeader('x-content-type-options', 'nosniff');
    if (url.split('?')[0] !== metricsPath) response.writeHead(404).end();
    else if (method !== 'GET' && method !== 'HEAD') response.writeHead(405, { allow: 'GET, HEAD' }).end();
    else
      sendMetrics(metrics, response).catch((error: unknown) => {
        onError(error);
        response.destroy();
      });
  });
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}${metricsPath}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
