import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

type Value = { stringValue?: string; intValue?: number };
type Attributes = { key: string; value: Value }[];

/** A span as OTLP has it in JSON. */
export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: Attributes;
  status: { code?: number };
}

/** A receiver of traces by OTLP over HTTP. */
export interface Receiver {
  url: string;
  /** What it has got, as it came. */
  bodies: { path: string; type: string; body: Buffer }[];
  spans: () => ReceivedSpan[];
  /** Attributes of the resources. */
  resources: () => Record<string, unknown>[];
  close: () => Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const bodies: Receiver['bodies'] = [];
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      bodies.push({ path: request.url ?? '', type: request.headers['content-type'] ?? '', body });
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  interface Export {
    resourceSpans: { resource: { attributes: Attributes }; scopeSpans: { spans: ReceivedSpan[] }[] }[];
  }
  const received = () => bodies.flatMap(({ body }) => (JSON.parse(body.toString()) as Export).resourceSpans);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies,
    spans: () => received().flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
    resources: () => received().map(({ resource }) => attributesOf(resource.attributes)),
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

export function attributesOf(attributes: Attributes): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]));
}
