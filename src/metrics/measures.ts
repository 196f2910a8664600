import { channel, subscribe } from 'node:diagnostics_channel';

/** What is measured, by what has happened. Whoever does it says so here, and knows nothing of who counts. */
export interface Measures {
  /** An operation of GraphQL was answered. A subscription is answered when it ends. */
  request: { kind: OperationKind; outcome: RequestOutcome; seconds: number };
  /** A subscription was opened, or has ended. */
  subscription: { change: 1 | -1 };
  /** A request of HTTP was refused before GraphQL saw it. */
  refusal: { status: number };
  mutation: { mutation: string; outcome: 'success' | 'refused' | 'error' };
  /** The database has answered a statement. */
  statement: { outcome: 'success' | 'error'; seconds: number };
  /** A worker has recorded the end of a run that it has executed. */
  runEnded: { kind: string; status: string; seconds: number };
  /** Lines of a run were stored. `seconds` is how old the oldest of them was. */
  linesStored: { count: number; seconds: number };
  /** Ticks of a schedule were decided. */
  ticks: { runs: number; others: number };
}

export type OperationKind = 'query' | 'mutation' | 'subscription' | 'none';

/** `refused`: a mutation has answered why it did nothing. `error`: the answer has errors. */
export type RequestOutcome = 'success' | 'refused' | 'error';

const nameOf = (name: keyof Measures): string => `meltano-graphql.measure.${name}`;
const named = (name: keyof Measures) => channel(nameOf(name));

const channels: Readonly<Record<keyof Measures, ReturnType<typeof channel>>> = {
  request: named('request'),
  subscription: named('subscription'),
  refusal: named('refusal'),
  mutation: named('mutation'),
  statement: named('statement'),
  runEnded: named('runEnded'),
  linesStored: named('linesStored'),
  ticks: named('ticks'),
};

/** Tells of something that has happened. It costs next to nothing while nobody counts. */
export function measure<Name extends keyof Measures>(name: Name, value: Measures[Name]): void {
  const of = channels[name];
  if (of.hasSubscribers) of.publish(value);
}

/** Counts what happens from now on. */
export function onMeasure<Name extends keyof Measures>(
  name: Name,
  count: (value: Measures[Name]) => void,
): void {
  subscribe(nameOf(name), (value) => count(value as Measures[Name]));
}

/** Seconds since a moment of `performance.now`. */
export function secondsSince(start: number): number {
  return (performance.now() - start) / 1000;
}

/** Does something, and tells how long the database took for it. */
export async function measureStatement<T>(send: () => Promise<T>): Promise<T> {
  if (!channels.statement.hasSubscribers) return send();
  const start = performance.now();
  let outcome: Measures['statement']['outcome'] = 'error';
  try {
    const answer = await send();
    outcome = 'success';
    return answer;
  } finally {
    channels.statement.publish({ outcome, seconds: secondsSince(start) });
  }
}
