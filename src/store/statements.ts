import type { Prisma } from './generated/client.ts';
import type { Send } from '../lib/sql.ts';
import { bulkOperationStatements } from './bulk/bulk-operations.ts';
import { environmentStatements } from './environments/environments.ts';
import { jobStatements } from './jobs/jobs.ts';
import { leaseStatements } from './leases/leases.ts';
import { limitStatements } from './leases/limits.ts';
import { waitStatements } from './leases/waits.ts';
import { lifecycleStatements } from './lifecycle/lifecycle.ts';
import { purgeStatements } from './lifecycle/purge.ts';
import { rowLockStatements } from './lifecycle/row-locks.ts';
import { mirrorStatements } from './mirror/mirrored-rows.ts';
import { formerNameStatements, type OnFormerPath } from './naming/former-names.ts';
import { movePreviewStatements } from './moves/move-previews.ts';
import { catalogStatements } from './plugins/catalogs.ts';
import { pluginStatements } from './plugins/plugins.ts';
import { projectFileStatements } from './projects/project-files.ts';
import { projectSourceStatements } from './projects/project-sources.ts';
import { projectVariableStatements } from './projects/project-variables.ts';
import { projectStatements } from './projects/projects.ts';
import { requestKeyStatements } from './rules/request-keys.ts';
import { revisionStatements } from './rules/revisions.ts';
import { importedRunStatements } from './runs/imported-runs.ts';
import { retryStatements } from './runs/retries.ts';
import { retentionStatements } from './retention/retention.ts';
import { runStatements } from './runs/runs.ts';
import { submissionStatements } from './runs/submissions.ts';
import { scheduleStatements } from './schedules/schedules.ts';
import { followingStatements } from './schedules/following.ts';
import { tickStatements } from './schedules/ticks.ts';
import { serviceStatements } from './services/services.ts';
import { stateTextStatements } from './states/state-texts.ts';
import { stateStatements } from './states/states.ts';
import { deliveryStatements } from './webhooks/deliveries.ts';
import { webhookStatements } from './webhooks/webhooks.ts';
import { workerStatements } from './workers/workers.ts';
import { withoutEffect } from './database/without-effect.ts';

/** How statements reach the database. */
interface Connection {
  /** Prisma's client, or its transaction. */
  db: Prisma.TransactionClient;
  /** Sends statements that are written as text, in the same transaction. */
  send: Send;
  /** Called for each former path that is used. */
  onFormerPath?: OnFormerPath;
}

/** The groups of statements. Each is in a file with its name. */
const groups = {
  projects: ({ db }: Connection) => projectStatements(db),
  projectFiles: ({ db }: Connection) => projectFileStatements(db),
  projectSources: ({ db }: Connection) => projectSourceStatements(db),
  projectVariables: ({ db }: Connection) => projectVariableStatements(db),
  environments: ({ db }: Connection) => environmentStatements(db),
  plugins: ({ db }: Connection) => pluginStatements(db),
  catalogs: ({ db }: Connection) => catalogStatements(db),
  jobs: ({ db }: Connection) => jobStatements(db),
  schedules: ({ db }: Connection) => scheduleStatements(db),
  ticks: ({ db }: Connection) => tickStatements(db),
  following: ({ db }: Connection) => followingStatements(db),
  services: ({ db }: Connection) => serviceStatements(db),
  runs: ({ db }: Connection) => runStatements(db),
  retries: ({ db }: Connection) => retryStatements(db),
  importedRuns: ({ db }: Connection) => importedRunStatements(db),
  submissions: ({ send }: Connection) => submissionStatements(send),
  states: ({ db }: Connection) => stateStatements(db),
  stateTexts: ({ db }: Connection) => stateTextStatements(db),
  leases: ({ db }: Connection) => leaseStatements(db),
  limits: ({ db }: Connection) => limitStatements(db),
  waits: ({ db }: Connection) => waitStatements(db),
  rowLocks: ({ db }: Connection) => rowLockStatements(db),
  lifecycle: ({ db }: Connection) => lifecycleStatements(db),
  purge: ({ db }: Connection) => purgeStatements(db),
  retention: ({ db }: Connection) => retentionStatements(db),
  mirror: ({ db }: Connection) => mirrorStatements(db),
  formerNames: ({ db, onFormerPath }: Connection) => formerNameStatements(db, onFormerPath),
  movePreviews: ({ db }: Connection) => movePreviewStatements(db),
  requestKeys: ({ db }: Connection) => requestKeyStatements(db),
  revisions: ({ db }: Connection) => revisionStatements(db),
  workers: ({ db }: Connection) => workerStatements(db),
  webhooks: ({ db }: Connection) => webhookStatements(db),
  deliveries: ({ db }: Connection) => deliveryStatements(db),
  bulk: ({ db }: Connection) => bulkOperationStatements(db),
};

type Groups = { readonly [Name in keyof typeof groups]: ReturnType<(typeof groups)[Name]> };

/** All statements, outside or inside a transaction: `tx.leases.release(…)`, `tx.states.write(…)`. */
export interface Statements extends Groups {
  /** The same statements, which also call `onFormerPath`. */
  noting: (onFormerPath: OnFormerPath) => Statements;
  /** The time by the database's clock. The clocks of the gateways differ. */
  now: () => Promise<Date>;
  /** Does some work in the current transaction, then rolls it back. */
  withoutEffect: <T>(work: () => Promise<T>) => Promise<T>;
}

/**
 * Makes the statements for a connection. A group is made when it is first used: to make all of them takes 0.1
 * ms.
 */
export function statements(connection: Connection): Statements {
  const made: Partial<Record<keyof Groups, unknown>> = {};
  const own = {
    noting: (onFormerPath: OnFormerPath) => statements({ ...connection, onFormerPath }),
    now: async () => {
      const [row] = await connection.db.$queryRaw<[{ now: Date }]>`SELECT clock_timestamp() AS now`;
      return row.now;
    },
    withoutEffect: <T>(work: () => Promise<T>) => withoutEffect(connection.db, work),
  };
  for (const name of Object.keys(groups) as (keyof Groups)[]) {
    Object.defineProperty(own, name, {
      enumerable: true,
      get: () => (made[name] ??= groups[name](connection)),
    });
  }
  return own as Statements;
}
