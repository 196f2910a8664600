import type { About } from '../../../src/domain/about.ts';

/** What is told of a gateway that no test asks about. */
export const about: About = {
  version: '0.0.0',
  meltanoVersion: () => Promise.resolve(null),
  database: 'EMBEDDED',
  slots: 0,
  serviceSlots: 0,
  isTokenRequired: false,
  limits: {
    tokens: 1,
    depth: 1,
    aliases: 1,
    spreads: 1,
    nodes: 1,
    bodyBytes: 1,
    answerBytes: 1,
    subscriptions: 1,
    subscriptionsPerClient: 1,
  },
};
