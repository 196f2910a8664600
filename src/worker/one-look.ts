/** Looks that are asked for at any time, and made one after the other. */
export interface OneLook {
  /** Looks soon. Whoever asks during a look gets another one after it. */
  ask: () => void;
  /** Waits for the end of the look under way, and of the one that follows it. */
  done: () => Promise<void>;
}

/**
 * Lets one look be made at a time.
 *
 * @param onFault receives the error of a look that failed; the next one is made all the same
 */
export function oneLook(look: () => Promise<void>, onFault: (error: unknown) => void): OneLook {
  let looking: Promise<void> | null = null;
  let again = false;
  const lookUntilDone = async (): Promise<void> => {
    while (again) {
      again = false;
      await look().catch(onFault);
    }
    looking = null;
  };
  return {
    ask: () => {
      again = true;
      looking ??= lookUntilDone();
    },
    done: async () => {
      await looking;
    },
  };
}
