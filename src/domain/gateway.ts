import { Unavailable } from '../errors.ts';
import type { SystemDatabases } from '../runner/system-database/system-databases.ts';
import type { AllowedAddresses } from '../lib/outbound/addresses.ts';
import type { Vault } from '../lib/vault/vault.ts';
import type { About } from './about.ts';
import type { Retention } from './retention-limits.ts';
import type { Statements, Store } from '../store/index.ts';

/** A logger, with the methods of pino. */
export interface Log {
  info: (fields: object, message: string) => void;
  warn: (fields: object, message: string) => void;
  error: (fields: object, message: string) => void;
}

/**
 * What every verb gets. The whole project uses these words:
 *
 * - **project**: a directory with a `meltano.yml`.
 * - **environment**: a named configuration of a project; jobs, schedules and states belong to one.
 * - **job**: a named list of tasks; a task is a list of **blocks**, as `meltano run` takes them.
 * - **block**: an extract-load pair (extractor, mappings, loader) or a plugin's command.
 * - **run**: one request to execute something, and its results.
 * - **schedule**: the times at which a job runs, or the jobs that it **follows**; each such time, and each success of those
 *   jobs, is a **tick**, which is decided once: a run, or a reason why there is none.
 * - **service**: a plugin's command that workers keep running; each of its starts is a run.
 * - **state id**: Meltano's key of a Singer state; **state**: the documents with that key.
 * - **path**: the natural name of an object, `project/environment/name`; it changes when the object
 *   is moved or renamed, but the **id** does not.
 * - **argument path** (`at`): where a value is in the arguments of a mutation.
 * - **refusal**: an error that tells the caller why a request was not done, see `errors.ts`.
 */
export interface Gateway {
  /**
   * The store's statements. Inside a verb's transaction they belong to that transaction; else each is one by
   * itself.
   */
  db: Statements;
  /** Runs statements in one transaction: the verb's own transaction when there is one already. */
  transaction: Store['transaction'];
  /** Wakes workers for new runs, after these were stored. */
  wake: (runIds: readonly string[]) => void;
  /** @throws Unavailable when the disk of the database has no room for the logs of more runs */
  checkRoom: () => void;
  /** @throws Unavailable when the gateway is being stopped: it takes no new work then, and does all else */
  checkNotStopping: () => void;
  /** Whether the gateway is being stopped. */
  isStopping: () => boolean;
  log: Log;
  /** How long a deleted object can be brought back, in milliseconds. */
  deletedRetentionMs: number;
  /** For how long what runs leave is kept, where a project does not say it itself. */
  retention: Retention;
  /** Variables that callers may give though they can make a program run other code. */
  allowEnv: readonly string[];
  /** Meltano's own databases, for imports. */
  systemDatabases: SystemDatabases;
  /** How repositories of projects may be reached, such as `https`. */
  gitProtocols: readonly string[];
  /** Where webhooks may lead to beside public addresses. */
  webhookAddresses: AllowedAddresses;
  /** Encrypts the secrets that are kept for retries. */
  vault: Vault;
  /** The directory in which each managed project gets a directory; an absolute path. */
  projectsDirectory: string;
  /** The JSON schema of the installed Meltano, as text; null when there is none. */
  manifestSchema: string | null;
  /** What clients may know of the gateway. */
  about: About;
  /** Where the present request is in its trace; null when nothing is traced. */
  traceparent: () => string | null;
}

/** What verbs get besides the store. */
export type GatewaySettings = Omit<
  Gateway,
  'db' | 'transaction' | 'wake' | 'checkRoom' | 'checkNotStopping' | 'traceparent'
> &
  Partial<Pick<Gateway, 'traceparent'>>;

/** The gateway outside of any transaction. */
export function gatewayOf(store: Store, settings: GatewaySettings): Gateway {
  return {
    traceparent: () => null,
    ...settings,
    db: store,
    transaction: store.transaction,
    wake: (runIds) => store.queue.wake(runIds),
    checkRoom: () => {
      const { space } = store.database;
      if (space !== null && space.room() !== 'ENOUGH') throw new Unavailable(space.say());
    },
    checkNotStopping: () => {
      if (settings.isStopping()) {
        throw new Unavailable('This gateway is being stopped and takes no new work. Send it again later.');
      }
    },
  };
}

/** The gateway for a verb that works in a transaction of its caller. */
export function inTransaction(gateway: Gateway, tx: Statements): Gateway {
  return { ...gateway, db: tx, transaction: (work) => work(tx) };
}
