import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  defaultTextMapGetter,
  defaultTextMapSetter,
  diag,
  DiagLogLevel,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import { sharedNow } from '../lib/shared-clock.ts';
import type { RunSpan, TracedBlock, TracedRun, Tracing } from './tracing.ts';
import { TracingError } from './tracing-error.ts';

/** How long what is left may take to be sent, in milliseconds. */
const closingMs = 3000;

/** How often trouble with the receiver is told, in milliseconds. */
const troubleMs = 60_000;

/** Characters of a name that a client has chosen. */
const maxName = 200;

const propagator = new W3CTraceContextPropagator();

/** Traces by the packages of OpenTelemetry, which read the standard variables themselves. @throws TracingError */
export async function traceByOpenTelemetry(
  env: Readonly<Record<string, string | undefined>>,
  version: string,
  onTrouble: (message: string) => void,
): Promise<Tracing> {
  tellTrouble(onTrouble);
  const provider = new BasicTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': 'meltano-graphql', 'service.version': version }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(await exporterBy(env))],
  });
  const tracer = provider.getTracer('meltano-graphql', version);
  const present = new AsyncLocalStorage<string>();
  return {
    request: (headers) => {
      const parent = propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
      const span = tracer.startSpan('GraphQL Operation', { kind: SpanKind.SERVER }, parent);
      return {
        within: (work) => present.run(traceparentOf(span), work),
        end: ({ kind, outcome, name }) => {
          if (kind !== 'none') {
            span.updateName(kind);
            span.setAttribute('graphql.operation.type', kind);
          }
          if (name !== null) span.setAttribute('graphql.operation.name', name.slice(0, maxName));
          span.setAttribute('meltano_graphql.outcome', outcome);
          if (outcome === 'error') span.setStatus({ code: SpanStatusCode.ERROR });
          span.end();
        },
      };
    },
    run: (run) => {
      const startTime = new Date(run.startedAt ?? sharedNow());
      const attributes = attributesOf(run);
      const parent = contextBy(run.traceparent);
      const span = tracer.startSpan('run', { kind: SpanKind.CONSUMER, startTime, attributes }, parent);
      return {
        traceparent: traceparentOf(span),
        end: (done) => {
          const within = trace.setSpan(ROOT_CONTEXT, span);
          for (const block of done.blocks)
            traceBlock(block, (options) => tracer.startSpan('block', options, within));
          endRun(span, done);
        },
      };
    },
    current: () => present.getStore() ?? null,
    close: async () => {
      const given = new AbortController();
      const tooLate = sleep(closingMs, undefined, { signal: given.signal }).catch(() => undefined);
      await Promise.race([provider.shutdown().catch(() => undefined), tooLate]);
      given.abort();
    },
  };
}

type BlockOptions = { startTime: Date; attributes: Record<string, string | number> };

/** One that has not begun has no span. */
function traceBlock(block: TracedBlock, start: (options: BlockOptions) => Span): void {
  const { startedAt, endedAt, position, kind, command, status } = block;
  if (startedAt === null) return;
  const span = start({
    startTime: new Date(startedAt),
    attributes: {
      'meltano.block.position': position,
      'meltano.block.kind': kind,
      'meltano.block.command': command,
      'meltano.block.status': status,
    },
  });
  if (status === 'FAILED') span.setStatus({ code: SpanStatusCode.ERROR });
  span.end(new Date(endedAt ?? sharedNow()));
}

function endRun(span: Span, { status, exitCode }: Parameters<RunSpan['end']>[0]): void {
  if (status !== null) span.setAttribute('meltano.run.status', status);
  if (exitCode !== null) span.setAttribute('meltano.run.exit_code', exitCode);
  if (status !== 'SUCCEEDED') span.setStatus({ code: SpanStatusCode.ERROR });
  span.end(new Date(sharedNow()));
}

function attributesOf(run: TracedRun): Record<string, string | number> {
  return {
    'meltano.run.id': run.id,
    'meltano.run.kind': run.kind,
    'meltano.run.trigger': run.trigger,
    'meltano.run.attempt': run.attempt,
    'meltano.project.id': run.projectId,
    ...(run.environment === null ? {} : { 'meltano.environment.name': run.environment.name }),
  };
}

function contextBy(traceparent: string | null): Context {
  return traceparent === null
    ? ROOT_CONTEXT
    : propagator.extract(ROOT_CONTEXT, { traceparent }, defaultTextMapGetter);
}

function traceparentOf(span: Span): string {
  const headers: { traceparent?: string } = {};
  propagator.inject(trace.setSpan(ROOT_CONTEXT, span), headers, defaultTextMapSetter);
  return headers.traceparent ?? '';
}

async function exporterBy(env: Readonly<Record<string, string | undefined>>): Promise<SpanExporter> {
  const { OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: own = '', OTEL_EXPORTER_OTLP_PROTOCOL: general = '' } = env;
  // By the specification an empty variable is none.
  const protocol = [own, general].find((given) => given !== '') ?? 'http/protobuf';
  switch (protocol) {
    case 'http/protobuf': {
      const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-proto');
      return new OTLPTraceExporter();
    }
    case 'http/json': {
      const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
      return new OTLPTraceExporter();
    }
    default:
      throw new TracingError(
        `OTEL_EXPORTER_OTLP_PROTOCOL may be http/protobuf or http/json, and is "${protocol}".`,
      );
  }
}

function tellTrouble(onTrouble: (message: string) => void): void {
  let saidAt = -Infinity;
  const tell = (message: string): void => {
    if (performance.now() - saidAt < troubleMs) return;
    saidAt = performance.now();
    onTrouble(message);
  };
  const ignore = (): void => undefined;
  const logger = { error: tell, warn: ignore, info: ignore, debug: ignore, verbose: ignore };
  diag.setLogger(logger, { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true });
}
