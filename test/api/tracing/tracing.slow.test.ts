import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openTracing } from '../../../src/tracing/tracing.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { copyOf } from '../../kit/data/projects.ts';
import { standIn } from '../../kit/meltano/stand-in.ts';
import { linesOf, runEnded, storeId } from '../../kit/verbs/runs.ts';
import { attributesOf, startReceiver, type Receiver, type ReceivedSpan } from './receiver.ts';

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await receiver.close();
});

/** OpenTelemetry's packages read the variables of this process themselves. */
function traceTo(more: Record<string, string> = {}): void {
  const variables = {
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_SERVICE_NAME: 'night-shift',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    ...more,
  };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
}

const traceId = '0af7651916cd43dd8448eb211c80319c';
const clientSpan = 'b7ad6b7169203331';
const secret = 'hush-hush-0123456789';

async function requestRun(app: TestApp, flags = '01'): Promise<string> {
  const response = await fetch(app.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      traceparent: `00-${traceId}-${clientSpan}-${flags}`,
      authorization: `Bearer ${secret}`,
    },
    body: JSON.stringify({
      query: `mutation Nightly($input: RunJobInput!) { runJob(input: $input) { ... on RunJobSuccess { run { id } } } }`,
      variables: {
        input: { job: 'desk/dev/calls', env: [{ name: 'TAP_CALLS_TOKEN', value: secret }] },
      },
    }),
  });
  const { data } = (await response.json()) as { data: { runJob: { run: { id: string } } } };
  return data.runJob.run.id;
}

test('a trace goes from the client over the request and its run to the block and the processes', async () => {
  traceTo();
  const { directory } = await copyOf('desk');
  const app = await startTestApp({
    projects: [{ name: 'desk', directory }],
    meltano: standIn('one-block.py'),
    slots: 1,
    env: { ...process.env },
  });
  const id = await requestRun(app);
  await runEnded(app, id);
  const lines = await linesOf(app, id);
  const kept = await app.app.store.runs.byId(storeId(id));
  await app.query('{ projects { totalCount } }');
  await app.stop();

  const spans = receiver.spans();
  const byName = (name: string): ReceivedSpan => {
    const found = spans.filter((span) => span.name === name && span.traceId === traceId);
    expect({ name, count: found.length }).toEqual({ name, count: 1 });
    return found[0] as ReceivedSpan;
  };
  const [request, run, block] = [byName('mutation'), byName('run'), byName('block')];
  expect(request.parentSpanId).toBe(clientSpan);
  expect(run.parentSpanId).toBe(request.spanId);
  expect(block.parentSpanId).toBe(run.spanId);
  expect(kept?.traceparent).toBe(`00-${traceId}-${request.spanId}-01`);
  expect(lines.map(({ message }) => message)).toContain(`Within 00-${traceId}-${run.spanId}-01`);
  expect(attributesOf(request.attributes)).toEqual({
    'graphql.operation.type': 'mutation',
    'graphql.operation.name': 'Nightly',
    'meltano_graphql.outcome': 'success',
  });
  expect(attributesOf(run.attributes)).toMatchObject({
    'meltano.run.id': storeId(id),
    'meltano.run.kind': 'RUN',
    'meltano.run.trigger': 'API',
    'meltano.run.status': 'SUCCEEDED',
    'meltano.run.exit_code': 0,
    'meltano.environment.name': 'dev',
  });
  expect(attributesOf(block.attributes)).toMatchObject({
    'meltano.block.position': 0,
    'meltano.block.status': 'SUCCEEDED',
  });
  for (const { startTimeUnixNano: start, endTimeUnixNano: end } of [request, run, block])
    expect(BigInt(end)).toBeGreaterThanOrEqual(BigInt(start));
  // One that brings no trace begins one.
  const other = spans.filter(({ name, traceId: of }) => name === 'query' && of !== traceId);
  expect(other.some(({ parentSpanId = '' }) => parentSpanId === '')).toBe(true);
  expect(receiver.resources()[0]).toMatchObject({
    'service.name': 'night-shift',
    'service.version': expect.any(String) as string,
    'deployment.environment.name': 'test',
  });
  expect(receiver.bodies[0]).toMatchObject({ path: '/v1/traces', type: 'application/json' });
  for (const { body } of receiver.bodies) expect(body.toString()).not.toContain(secret);
});

test('a trace that is not sampled goes on to the run, and nothing of it is sent', async () => {
  traceTo({ OTEL_TRACES_SAMPLER: 'parentbased_always_off' });
  const { directory } = await copyOf('desk');
  const app = await startTestApp({ projects: [{ name: 'desk', directory }], env: { ...process.env } });
  const run = await app.app.store.runs.byId(storeId(await requestRun(app, '00')));
  expect(run?.traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`));
  await app.stop();
  expect(receiver.bodies).toEqual([]);
});

test('traces are sent as Protocol Buffers unless the variables say otherwise, and a receiver that is away stops nothing', async () => {
  traceTo({ OTEL_EXPORTER_OTLP_PROTOCOL: '' });
  const trouble: string[] = [];
  const tracing = await openTracing(process.env, '1', (message) => trouble.push(message));
  const begin = () => tracing?.request({}).end({ kind: 'query', outcome: 'success', name: null });
  begin();
  await tracing?.close();
  expect(receiver.bodies).toMatchObject([{ path: '/v1/traces', type: 'application/x-protobuf' }]);
  expect(trouble).toEqual([]);

  traceTo({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
  const other = await openTracing(process.env, '1', (message) => trouble.push(message));
  other?.request({}).end({ kind: 'query', outcome: 'success', name: null });
  await other?.close();
});

test('nothing is traced unless the variables ask for it, and a protocol that is not known is told', async () => {
  const onTrouble = (): void => undefined;
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
  for (const env of [
    {},
    { OTEL_EXPORTER_OTLP_ENDPOINT: '' },
    { ...endpoint, OTEL_SDK_DISABLED: 'true' },
    { ...endpoint, OTEL_TRACES_EXPORTER: 'none' },
  ])
    expect(await openTracing(env, '1', onTrouble)).toBeNull();
  await expect(
    openTracing({ ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, '1', onTrouble),
  ).rejects.toThrow('OTEL_EXPORTER_OTLP_PROTOCOL may be http/protobuf or http/json, and is "grpc".');
});
