import cluster, { type Worker } from 'node:cluster';
import { setTimeout as sleep } from 'node:timers/promises';
import { isObject } from '../lib/is-object.ts';
import type { AskOthers, Metrics, ProcessMetrics } from './metrics.ts';

// The processes of a gateway are asked by the one that has started them. A message is an object with one of these names;
// all others are somebody else's.

/** To a member: it is to say what it knows. */
const tellKey = 'tellMetrics';

/** From a member: what it knows. */
const toldKey = 'toldMetrics';

/** From a member: it wants to know what the others know. */
const askKey = 'askMetrics';

/** To a member: what the others know. */
const answerKey = 'answerMetrics';

/** How long others may take for an answer, in milliseconds. */
const answerMs = 2000;

/** Asks all other processes of a gateway. There are none unless it has a `--cluster`. */
export const askOthers: AskOthers = () =>
  cluster.worker ? askStarter(cluster.worker) : tellingOf(Object.values(cluster.workers ?? {}));

/**
 * Lets all other processes of a gateway ask this one.
 *
 * @param own what this process knows
 * @returns a function that ends it
 */
export function answerOthers(own: Metrics['own']): () => void {
  const { worker } = cluster;
  if (worker) {
    const tell = (message: unknown): void => tellStarter(worker, own, message);
    worker.on('message', tell);
    return () => worker.off('message', tell);
  }
  const answer = (member: Worker, message: unknown): void => {
    const id = valueOf(message, askKey);
    if (id === undefined) return;
    const others = Object.values(cluster.workers ?? {}).filter((other) => other !== member);
    Promise.all([own(), tellingOf(others)]).then(
      ([mine, told]) => member.isConnected() && member.send({ [answerKey]: id, all: [mine, ...told] }),
      () => undefined,
    );
  };
  cluster.on('message', answer);
  return () => cluster.off('message', answer);
}

let asked = 0;

async function tellingOf(members: readonly (Worker | undefined)[]): Promise<ProcessMetrics[]> {
  const told = members.map(async (member) => {
    if (member?.isConnected() !== true) return [];
    const id = (asked += 1);
    return answerOf(
      (listener) => {
        member.on('message', listener);
        member.send({ [tellKey]: id });
        return () => member.off('message', listener);
      },
      (message) => (valueOf(message, toldKey) === id ? [allOf(message) as ProcessMetrics] : null),
    );
  });
  return (await Promise.all(told)).flat();
}

/** In a member: asks the process that has started it for what it and the other members know. */
function askStarter(self: Worker): Promise<ProcessMetrics[]> {
  const id = (asked += 1);
  return answerOf(
    (listener) => {
      self.on('message', listener);
      self.send({ [askKey]: id });
      return () => self.off('message', listener);
    },
    (message) => (valueOf(message, answerKey) === id ? (allOf(message) as ProcessMetrics[]) : null),
  );
}

/** In a member: says what it knows when it is asked. */
function tellStarter(self: Worker, own: Metrics['own'], message: unknown): void {
  const id = valueOf(message, tellKey);
  if (id === undefined) return;
  own().then(
    (all) => self.isConnected() && self.send({ [toldKey]: id, all }),
    () => undefined,
  );
}

/** The first message of which `read` makes something; an empty list when there is none in time. */
async function answerOf<T>(
  listen: (listener: (message: unknown) => void) => () => void,
  read: (message: unknown) => T[] | null,
): Promise<T[]> {
  const given = new AbortController();
  let end = (): void => undefined;
  const answer = new Promise<T[]>((resolve) => {
    end = listen((message) => {
      const found = read(message);
      if (found !== null) resolve(found);
    });
  });
  const tooLate = sleep(answerMs, [], { signal: given.signal }).catch((): T[] => []);
  return Promise.race([answer, tooLate]).finally(() => {
    given.abort();
    end();
  });
}

function valueOf(message: unknown, key: string): unknown {
  return isObject(message) ? message[key] : undefined;
}

function allOf(message: unknown): unknown {
  return valueOf(message, 'all');
}
