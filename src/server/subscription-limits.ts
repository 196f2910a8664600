import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { Places } from '../lib/serving/places.ts';
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
  const places = new Places({ all, perClient });
  return {
    onSubscribe: ({ args, setResultAndStopExecution }) => {
      const { req, res } = args.contextValue as YogaContext;
      const client = clientOf(req.socket.remoteAddress);
      const full = places.take(client);
      if (full === null) res.once('close', () => places.giveBack(client));
      else if (full === 'CLIENT')
        setResultAndStopExecution({ errors: [tooMany('Your address has', perClient, 429)] });
      else setResultAndStopExecution({ errors: [tooMany('This gateway has', all, 503)] });
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
