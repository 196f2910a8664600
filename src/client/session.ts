import type { Given } from './arguments.ts';
import type { Remote } from './gateway.ts';

/** What a command has to do with the world. */
export interface Terminal {
  /** Prints what was asked for. */
  print: (text: string) => void;
  /** Prints what goes on. */
  say: (text: string) => void;
  /** Whether people look at it and can answer. */
  isInteractive: boolean;
  /** Asks for a yes. */
  confirm: (question: string) => Promise<boolean>;
  /** Calls back at each Ctrl-C until the result is called. */
  onInterrupt: (act: () => void) => () => void;
  /** A file, or the standard input for `-`. */
  read: (file: string) => Promise<string>;
}

/** A command under way. */
export interface Session {
  given: Given;
  gateway: Remote;
  terminal: Terminal;
}

/** The numbers with which the program ends. */
export const exitCodes = { succeeded: 0, failed: 1, refused: 2, lost: 3, interrupted: 130 } as const;

/** Does the work of a command. @returns the number with which the program ends */
export type Command = (session: Session) => Promise<number>;
