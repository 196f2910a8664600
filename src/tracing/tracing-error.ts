/** The settings of OpenTelemetry are wrong. The message says what to do. */
export class TracingError extends Error {
  override name = 'TracingError';
}
