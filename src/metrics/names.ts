/** What the names of the gateway's own metrics begin with. */
export const prefix = 'meltano_graphql_';

/** A word of the API as the value of a label: those of Prometheus are in small letters. */
export function word(value: string): string {
  return value.toLowerCase();
}

/** Where metrics are. */
export const metricsPath = '/metrics';

/** The text format of Prometheus, in which they are. */
export const textType = 'text/plain; version=0.0.4; charset=utf-8';
