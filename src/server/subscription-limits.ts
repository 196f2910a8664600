import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { Budget } from '../lib/serving/budget.ts';
import { clientOf } from './http/client.ts';
import type { YogaContext } from './yoga-answers.ts';

/** How many subscriptions may be open at a time. */
export interface SubscriptionLimits {
  /** In this process. */
  all: number;
  /** Of one client, which is one address. */
  perClient: number;
}

/** Refuses subscriptions beyond the limits. A place is free again when the connection of its subscription ends. */
export function subscriptionLimitsPlugin({ all, perClient }: SubscriptionLimits): Plugin<YogaContext> {
  const places = new Budget(all);
  const clients = new Map<string, number>();
  return {
    onSubscribe: ({ args, setResultAndStopExecution }) => {
      const { req, res } = args.contextValue as YogaContext;
      const client = clientOf(req.socket.remoteAddress);
      const open = clients.get(client) ?? 0;
      if (open >= perClient) {
        setResultAndStopExecution({ errors: [tooMany('Your address has', perClient, 429)] });
      } else if (!places.take(1)) {
        setResultAndStopExecution({ errors: [tooMany('This gateway has', all, 503)] });
      } else {
        clients.set(client, open + 1);
        res.once('close', () => {
          places.giveBack(1);
          const left = (clients.get(client) ?? 1) - 1;
          if (left === 0) clients.delete(client);
          else clients.set(client, left);
        });
      }
    },
  };
}

function tooMany(who: string, limit: number, status: number): GraphQLError {
  return new GraphQLError(
    `${who} ${limit} subscriptions open, which is the most. End one, or try again later.`,
    {
      extensions: { code: 'LIMIT_EXCEEDED', http: { status, headers: { 'retry-after': '10' } } },
    },
  );
}
