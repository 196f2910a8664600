import { keepAll } from '../../../src/domain/retention-limits.ts';
import { join } from 'node:path';
import { gatewayOf, type Gateway, type Log } from '../../../src/domain/gateway.ts';
import { gitTrees } from '../../../src/runner/git/git-trees.ts';
import { systemDatabases } from '../../../src/runner/system-database/system-databases.ts';
import type { Store } from '../../../src/store/index.ts';
import { newId } from '../../../src/lib/uuid.ts';
import { beatsOf } from '../../../src/worker/membership/beats.ts';
import type { ServedProjects } from '../../../src/worker/membership/served-projects.ts';
import type { Execution } from '../../../src/worker/execution.ts';
import { persistence } from '../../../src/worker/persist.ts';
import type { TestApp } from '../app.ts';
import { about } from '../data/about.ts';
import { plainVault } from '../data/plain-vault.ts';

/** What verbs get, on a store of a gateway. */
export function gatewayOn({ app, dataDirectory, logged }: TestApp, store = app.store): Gateway {
  const at =
    (level: keyof Log): Log['info'] =>
    (fields, message) =>
      void logged.push({ level, fields: { ...fields }, message });
  return gatewayOf(store, {
    about,
    log: { info: at('info'), warn: at('warn'), error: at('error') },
    vault: plainVault,
    deletedRetentionMs: 0,
    retention: keepAll,
    projectsDirectory: dataDirectory,
    manifestSchema: null,
    isStopping: () => false,
    allowEnv: [],
    gitProtocols: ['https'],
    webhookAddresses: { hosts: new Set(), ranges: [] },
    systemDatabases: systemDatabases({ meltano: '', env: {}, servers: new Map() }),
  });
}

/** Each project is where the store says. */
const everywhere: ServedProjects = {
  directoryOf: () => undefined,
  look: () => Promise.resolve(false),
  forget: () => undefined,
  lookFor: () => Promise.resolve(false),
};

/**
 * Stores the row of a worker that has all projects of the store as they are now, and takes their runs. It counts as alive
 * for an hour without a further sign of life, however slow the machine is.
 */
export async function enrol(store: Store, name: string, labels: string[] = []): Promise<string> {
  const id = newId();
  const machine = { host: name.split('/')[0] ?? '', bootId: null, pidNamespace: null, processId: 1 };
  await store.workers.register({ id, name, ...machine, version: '0', labels, slots: 4, serviceSlots: 4 });
  const projects = await store.workers.projects();
  await store.workers.serve(
    id,
    projects.map(({ id: projectId, directory, filesDigest }) => ({ projectId, directory, filesDigest })),
  );
  await store.prisma
    .$executeRaw`UPDATE "Worker" SET "heartbeatAt" = now() + interval '1 hour' WHERE id = ${id}::uuid`;
  return id;
}

/**
 * What a worker has that uses the store of a gateway which executes nothing itself. To claim runs, it must be enrolled.
 *
 * @param store another view of the gateway's store
 */
export function executionOn(
  app: TestApp,
  workerId: string,
  { meltano = '/nonexistent/meltano', store = app.app.store }: { meltano?: string; store?: Store } = {},
): Execution {
  const reporter = { store, gateway: gatewayOn(app, store), workerId, persist: persistence().persist };
  return {
    ...reporter,
    served: everywhere,
    // It reports its runs only when it is asked to.
    beats: beatsOf(reporter, newId(), () => undefined),
    trees: gitTrees({ dataDirectory: app.dataDirectory, env: process.env, protocols: ['http'] }),
    meltano,
    runsDirectory: join(app.dataDirectory, 'runs'),
    catalogsDirectory: join(app.dataDirectory, 'catalogs'),
    baseEnv: process.env,
    passEnv: [],
    graceMs: 10_000,
  };
}
