import type { IncomingHttpHeaders } from 'node:http';

/** Traces what a gateway does. There is none unless it is configured, and then nothing of it is loaded. */
export interface Tracing {
  /** Begins the span of an operation, within the trace of the client if it brings one. */
  request: (headers: IncomingHttpHeaders) => RequestSpan;
  /** Begins the span of a run, within the trace of the request that asked for it. */
  run: (run: TracedRun) => RunSpan;
  /** Where the present request is in its trace, as a header `traceparent`; null outside of requests. */
  current: () => string | null;
  /** Sends what is left. */
  close: () => Promise<void>;
}

export interface RequestSpan {
  /** Does something within the request, for `current`. */
  within: <T>(work: () => T) => T;
  /** @param name the operation's name, which the client has chosen; null when it has none */
  end: (done: { kind: string; outcome: string; name: string | null }) => void;
}

/** What is told of a run. Nothing that may hold a secret is: no variables, no arguments, no messages. */
export interface TracedRun {
  id: string;
  projectId: string;
  environment: { name: string } | null;
  kind: string;
  trigger: string;
  attempt: number;
  traceparent: string | null;
  startedAt: Date | string | null;
}

export interface TracedBlock {
  position: number;
  kind: string;
  command: string;
  status: string;
  startedAt: Date | string | null;
  endedAt: Date | string | null;
}

export interface RunSpan {
  /** Where the run is in its trace, for its processes. */
  traceparent: string;
  /** Ends the span, after those of the blocks. @param status of the run; null when others have taken it */
  end: (done: { status: string | null; exitCode: number | null; blocks: readonly TracedBlock[] }) => void;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether the standard variables of OpenTelemetry ask for traces. */
export function isTracingAsked(env: Environment): boolean {
  const { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT } = env;
  const isThere = [OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT].some(
    (endpoint) => endpoint !== undefined && endpoint !== '',
  );
  return isThere && env.OTEL_SDK_DISABLED?.toLowerCase() !== 'true' && env.OTEL_TRACES_EXPORTER !== 'none';
}

/**
 * Opens tracing, when it is asked for.
 *
 * @param onTrouble gets what is wrong with the receiver of traces
 * @throws TracingError
 */
export async function openTracing(
  env: Environment,
  version: string,
  onTrouble: (message: string) => void,
): Promise<Tracing | null> {
  if (!isTracingAsked(env)) return null;
  const { traceByOpenTelemetry } = await import('./open-telemetry.ts');
  return traceByOpenTelemetry(env, version, onTrouble);
}
