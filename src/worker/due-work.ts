import type { Store } from '../store/index.ts';
import type { Notification } from '../store/database/notify.ts';
import { oneLook } from './one-look.ts';

/** Work of one kind that becomes due, and that any process on the database may take. */
export interface KindOfWork {
  /** The notification that tells of work which is due. */
  topic: Notification['topic'];
  /** How much of it a process does at a time, so that a piece that takes long keeps no other waiting. */
  atATime: number;
  /** Whether more of it may be begun, beside that it was not stopped. */
  goesOn?: () => boolean;
  /** Takes a piece that is due, so that no other process does. @returns what does it; null when nothing is due */
  take: (signal: AbortSignal) => Promise<(() => Promise<void>) | null>;
  /** In how many milliseconds the next piece is due, at most 0 when one is; null for never. */
  nextIn: () => Promise<number | null>;
  /** Removes what nobody needs any more. */
  tidy: () => Promise<void>;
  /** How often that is done, in milliseconds, and whether also at the first look. */
  tidies: { everyMs: number; atOnce: boolean };
  onFault: (error: unknown) => void;
}

/** Work that goes on in the background. */
export interface DueWork {
  /** Begins nothing more, and tells what is under way by the signal. Resolves when nothing is. */
  stop: () => Promise<void>;
}

/** The longest time between two looks, in milliseconds: a notification can get lost. */
const longestMs = 15_000;

/** When to look again, in milliseconds, while what is due waits for a place, or for others who are taking it. */
const busyMs = 1000;

/** Starts to do what becomes due. */
export function startDueWork(store: Store, kind: KindOfWork): DueWork {
  const { atATime, topic, take, nextIn, tidy, tidies } = kind;
  const stopping = new AbortController();
  const { signal } = stopping;
  const underWay = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let tidiedAt = tidies.atOnce ? -Infinity : performance.now();

  const goesOn = (): boolean => !signal.aborted && (kind.goesOn?.() ?? true);
  const begin = (work: () => Promise<void>): void => {
    const done = work()
      .catch(onFault)
      .finally(() => {
        underWay.delete(done);
        look();
      });
    underWay.add(done);
  };
  const doDue = async (): Promise<void> => {
    if (!goesOn()) return;
    clearTimeout(timer);
    while (goesOn() && underWay.size < atATime) {
      const work = await take(signal);
      if (!work) break;
      begin(work);
    }
    if (performance.now() - tidiedAt > tidies.everyMs) {
      tidiedAt = performance.now();
      await tidy();
    }
    const next = await nextIn();
    const longest = store.polls ? longestMs : 24 * 3600 * 1000;
    const wait = next === null ? longest : next > 0 ? next : busyMs;
    if (goesOn()) timer = setTimeout(look, Math.min(wait, longest));
  };
  const onFault = (error: unknown): void => {
    kind.onFault(error);
    clearTimeout(timer);
    if (goesOn()) timer = setTimeout(look, longestMs);
  };
  const looks = oneLook(doDue, onFault);
  const look = (): void => {
    if (goesOn()) looks.ask();
  };
  const unsubscribe = store.notifications.subscribe((notification) => {
    if (notification.topic === topic) look();
  });
  look();
  return {
    stop: async () => {
      stopping.abort();
      unsubscribe();
      await looks.done();
      await Promise.all(underWay);
      clearTimeout(timer);
    },
  };
}
