import { join } from 'node:path';
import { gatewayOf, type Gateway, type Log } from '../../../src/domain/gateway.ts';
import { systemDatabases } from '../../../src/runner/system-database/system-databases.ts';
import type { Execution } from '../../../src/worker/execution.ts';
import { persistence } from '../../../src/worker/persist.ts';
import type { TestApp } from '../app.ts';
import { plainVault } from '../data/plain-vault.ts';

/** What verbs get, on the store of a gateway. */
export function gatewayOn({ app, dataDirectory, logged }: TestApp): Gateway {
  const at =
    (level: keyof Log): Log['info'] =>
    (fields, message) =>
      void logged.push({ level, fields: { ...fields }, message });
  return gatewayOf(app.store, {
    log: { info: at('info'), warn: at('warn'), error: at('error') },
    vault: plainVault,
    deletedRetentionMs: 0,
    projectsDirectory: dataDirectory,
    manifestSchema: null,
    isStopping: () => false,
    allowEnv: [],
    systemDatabases: systemDatabases({ meltano: '', env: {}, servers: new Map() }),
  });
}

/** What a worker has that uses the store of a gateway which executes nothing itself. */
export function executionOn(app: TestApp, meltano: string, workerId: string): Execution {
  return {
    store: app.app.store,
    gateway: gatewayOn(app),
    workerId,
    meltano,
    runsDirectory: join(app.dataDirectory, 'runs'),
    catalogsDirectory: join(app.dataDirectory, 'catalogs'),
    baseEnv: process.env,
    passEnv: [],
    persist: persistence().persist,
    graceMs: 10_000,
  };
}
