import type { Config } from './config/config.ts';
import type { About } from './domain/about.ts';
import { packageVersion } from './package-files.ts';
import type { Environment } from './runner/environment.ts';
import { meltanoVersion } from './runner/meltano-version.ts';
import { maxBodyBytes } from './server/http/read-body.ts';
import { limits } from './server/limits.ts';

/** The settings of which it tells. */
type ConfigToTell = Pick<
  Config,
  'meltano' | 'database' | 'slots' | 'serviceSlots' | 'answerBytes' | 'subscriptions'
> & { apiToken: string | null };

/** What clients may know of a gateway. */
export async function aboutGateway(config: ConfigToTell, env: Environment): Promise<About> {
  let asked: Promise<string | null> | null = null;
  return {
    version: await packageVersion(),
    // Asked only once it was found: it may be installed later.
    meltanoVersion: () => {
      asked ??= meltanoVersion(config.meltano, env).then((found) => {
        if (found.version === null) asked = null;
        return found.version;
      });
      return asked;
    },
    database: config.database.kind === 'SERVER' ? 'SERVER' : 'EMBEDDED',
    slots: config.slots,
    serviceSlots: config.serviceSlots,
    isTokenRequired: config.apiToken !== null,
    limits: {
      tokens: limits.tokens,
      depth: limits.depth,
      aliases: limits.aliases,
      spreads: limits.spreads,
      nodes: limits.nodes,
      bodyBytes: maxBodyBytes,
      answerBytes: config.answerBytes,
      subscriptions: config.subscriptions.all,
      subscriptionsPerClient: config.subscriptions.perClient,
    },
  };
}
