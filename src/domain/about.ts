/** What clients may know of a gateway. Nothing in it is secret. */
export interface About {
  /** Version of this program. */
  version: string;
  /** The version of Meltano that runs use; null when it cannot be told. The first call starts a process. */
  meltanoVersion: () => Promise<string | null>;
  database: 'EMBEDDED' | 'SERVER';
  /** How many runs each gateway executes at the same time. */
  slots: number;
  /** How many services each gateway keeps running. */
  serviceSlots: number;
  /** Whether each request must bring a token. */
  isTokenRequired: boolean;
  limits: {
    /** Limits of a document. */
    tokens: number;
    depth: number;
    aliases: number;
    spreads: number;
    /** Number of objects that an answer can have. */
    nodes: number;
    bodyBytes: number;
    answerBytes: number;
    subscriptions: number;
    subscriptionsPerClient: number;
  };
}
