/** Where a client finds the gateway. */
export interface Gateway {
  /** Address of GraphQL by HTTP. */
  url: string;
  token: string;
}

/** What each example does, and comes back with. */
export interface Seen {
  /** Ids of the runs that failed, in pages of two. */
  pages: string[][];
  /** The code with which a job that does not exist is refused. */
  refused: string;
  /** The statuses of a run that is started, followed and cancelled. */
  statuses: string[];
  /** Its status as the client has it in its cache afterwards, if it has a cache. */
  cached?: string | undefined;
}

export type Tour = (gateway: Gateway) => Promise<Seen>;

/** The job that the examples run. */
export const job = 'demo/dev/sales';

/** The header that brings the token, or what a WebSocket begins with. */
export function authorizationOf({ token }: Gateway): { authorization: string } {
  return { authorization: `Bearer ${token}` };
}
