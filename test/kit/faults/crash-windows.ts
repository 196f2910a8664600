import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { onTestFinished } from 'vitest';
import type { CrashWindow, Passage } from '../../../src/worker/crash-windows.ts';

const channel = 'meltano-graphql.crash-window';

/** A worker of this process that is held at a window. */
export interface HeldWorker {
  /** Resolves when a worker has come there. */
  reached: Promise<void>;
  /** Lets it go on, and all that come later. */
  letGo: () => void;
}

/** Holds the workers of this process when they come to a window, until the test lets them go or ends. */
export function holdAt(window: CrashWindow): HeldWorker {
  let letGo = (): void => undefined;
  const held = new Promise<void>((resolve) => (letGo = resolve));
  const reached = new Promise<void>((resolve) => {
    act(window, ({ holdFor }) => {
      holdFor(held);
      resolve();
    });
  });
  onTestFinished(letGo);
  return { reached, letGo };
}

/** Lets the work of this process fail when it comes to a window for the first time. @returns how often it came there */
export function failOnceAt(window: CrashWindow): () => number {
  let passages = 0;
  act(window, ({ holdFor }) => {
    passages += 1;
    if (passages === 1) holdFor(Promise.reject(new Error(`The test lets the work fail at ${window}.`)));
  });
  return () => passages;
}

function act(window: CrashWindow, onPassage: (passage: Passage) => void): void {
  const onMessage = (message: unknown): void => {
    const passage = message as Passage;
    if (passage.window === window) onPassage(passage);
  };
  subscribe(channel, onMessage);
  onTestFinished(() => void unsubscribe(channel, onMessage));
}
