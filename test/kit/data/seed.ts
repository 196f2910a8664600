import type { Prisma, Store } from '../../../src/store/index.ts';

type Row<Input, Given extends keyof Input> = Omit<Input, 'id' | Given>;

/** The result of `discoverStreams`. */
interface CatalogToSeed {
  runId?: string;
  streams: readonly { name: string; isSelected: boolean; properties: object[] }[];
}

/** The time of the first row of a seed. Each further row is one second later. */
const begin = Date.UTC(2025, 0, 1);

/** A UUIDv7 of a time in milliseconds. Ids of the same time are ordered by `n`. */
export function idAt(time: number, n = 0): string {
  const hex = time.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${n.toString(16).padStart(12, '0')}`;
}

/**
 * Writes rows directly into the store, for tests that read. Every function makes one row, fills in what is
 * not given, and returns the row's id if it has one.
 */
export function seeder({ prisma }: Store) {
  let made = 0;
  const next = (): string => idAt(begin + 1000 * made++);

  return {
    project: async (data: Partial<Row<Prisma.ProjectUncheckedCreateInput, never>> & { name: string }) => {
      const id = next();
      const lists = { envNames: [], dotEnvNames: [], importWarnings: [] };
      await prisma.project.create({ data: { directory: `/nowhere/${data.name}`, ...lists, ...data, id } });
      return id;
    },
    environment: async (
      projectId: string,
      data: Row<Prisma.EnvironmentUncheckedCreateInput, 'projectId'>,
    ): Promise<string> => {
      const id = next();
      await prisma.environment.create({ data: { envNames: [], ...data, projectId, id } });
      return id;
    },
    plugin: async (
      projectId: string,
      data: Partial<Row<Prisma.PluginUncheckedCreateInput, 'projectId'>> & { name: string },
    ): Promise<string> => {
      const id = next();
      await prisma.plugin.create({
        data: {
          type: 'EXTRACTOR',
          definition: 'CUSTOM',
          capabilities: [],
          mappings: [],
          ...data,
          projectId,
          id,
        },
      });
      return id;
    },
    catalog: async (
      pluginId: string,
      environmentId: string,
      { streams, ...data }: CatalogToSeed,
    ): Promise<string> => {
      const id = next();
      const digest = { configDigest: 'of another configuration', discoveredAt: new Date(begin) };
      const row = { ...digest, selectPatterns: ['*.*'], ...data, id, pluginId, environmentId };
      await prisma.catalog.create({ data: row });
      await prisma.stream.createMany({ data: streams.map((stream) => ({ ...stream, catalogId: id })) });
      return id;
    },
    job: async (
      environmentId: string,
      data: Partial<Row<Prisma.JobUncheckedCreateInput, 'environmentId'>> & { name: string },
    ): Promise<string> => {
      const id = next();
      await prisma.job.create({ data: { tasks: [], pairs: [], ...data, environmentId, id } });
      return id;
    },
    schedule: async (
      environmentId: string,
      data: Partial<Row<Prisma.ScheduleUncheckedCreateInput, 'environmentId'>> & { name: string },
    ): Promise<string> => {
      const id = next();
      await prisma.schedule.create({ data: { interval: '@once', ...data, environmentId, id } });
      return id;
    },
    tick: async (
      scheduleId: string,
      hour: number,
      data: Omit<Prisma.ScheduleTickUncheckedCreateInput, 'scheduleId' | 'dueAt' | 'lastDueAt'>,
    ): Promise<void> => {
      const dueAt = new Date(begin + hour * 3600 * 1000);
      await prisma.scheduleTick.create({ data: { ...data, scheduleId, dueAt, lastDueAt: dueAt } });
    },
    service: async (
      environmentId: string,
      data: Partial<Row<Prisma.ServiceUncheckedCreateInput, 'environmentId'>> & { name: string },
    ): Promise<string> => {
      const id = next();
      await prisma.service.create({
        data: { command: 'dbt:docs-serve', args: [], ...data, environmentId, id },
      });
      return id;
    },
    /** Makes a run the current one of a service. */
    currentRun: async (serviceId: string, currentRunId: string): Promise<void> => {
      await prisma.service.update({ where: { id: serviceId }, data: { currentRunId } });
    },
    run: async (
      projectId: string,
      data: Partial<Row<Prisma.RunUncheckedCreateInput, 'projectId'>>,
    ): Promise<string> => {
      const id = next();
      const trigger = data.importedAt ? 'IMPORT' : (data.attempt ?? 1) > 1 ? 'RETRY' : 'API';
      await prisma.run.create({
        data: { trigger, kind: 'RUN', status: 'SUCCEEDED', command: 'tap target', ...data, projectId, id },
      });
      return id;
    },
    /** Ends a run as SUCCEEDED. */
    end: async (id: string, endedAt: Date): Promise<void> => {
      await prisma.run.update({ where: { id }, data: { status: 'SUCCEEDED', endedAt } });
    },
    block: async (
      runId: string,
      data: Partial<Row<Prisma.RunBlockUncheckedCreateInput, 'runId'>> & { position: number },
    ): Promise<string> => {
      const id = next();
      await prisma.runBlock.create({ data: { kind: 'COMMAND', command: 'dbt:run', ...data, runId, id } });
      return id;
    },
    log: async (
      runId: string,
      data: Partial<Row<Prisma.RunLogUncheckedCreateInput, 'runId'>> & { sequence: number },
    ): Promise<void> => {
      const timestamp = new Date(begin + data.sequence);
      await prisma.runLog.create({ data: { level: 'INFO', message: 'a line', timestamp, ...data, runId } });
      await prisma.$executeRaw`
        UPDATE "Run" SET "logCount" = ${data.sequence} WHERE id = ${runId}::uuid AND "logCount" < ${data.sequence}`;
    },
    metric: async (
      runId: string,
      data: Partial<Row<Prisma.RunMetricUncheckedCreateInput, 'runId'>> & { plugin: string },
    ): Promise<void> => {
      await prisma.runMetric.create({
        data: { stream: '', name: 'record_count', value: 1, ...data, runId },
      });
    },
    file: async (
      projectId: string,
      path: string,
      data: Partial<Prisma.ProjectFileUncheckedCreateInput> = {},
    ): Promise<void> => {
      await prisma.projectFile.create({
        data: { text: '', size: 0, digest: 'd', ...data, path, projectId, id: next() },
      });
    },
    source: async (data: Prisma.ProjectSourceUncheckedCreateInput): Promise<void> => {
      await prisma.projectSource.create({ data });
    },
    variable: async (data: Omit<Prisma.ProjectVariableUncheckedCreateInput, 'id'>): Promise<void> => {
      await prisma.projectVariable.create({ data: { ...data, id: next() } });
    },
    webhook: async (
      projectId: string,
      data: Partial<Prisma.WebhookUncheckedCreateInput> & { name: string },
    ): Promise<string> => {
      const id = next();
      const receiver = {
        origin: 'https://hooks.example',
        lockedUrl: 'locked',
        events: ['RUN_FAILED' as const],
      };
      await prisma.webhook.create({ data: { ...receiver, ...data, projectId, id } });
      return id;
    },
    webhookDelivery: async (
      webhookId: string,
      data: Partial<Prisma.WebhookDeliveryUncheckedCreateInput> = {},
    ): Promise<string> => {
      const id = next();
      const event = { event: 'RUN_FAILED' as const, payload: { type: 'run.failed' } };
      await prisma.webhookDelivery.create({ data: { ...event, ...data, webhookId, id } });
      return id;
    },
    limit: async (data: Prisma.RunLimitUncheckedCreateInput): Promise<void> => {
      await prisma.runLimit.create({ data });
    },
    /** A lease of a run, on what other runs need. */
    lease: async (projectId: string, key: string, runId: string): Promise<void> => {
      await prisma.runLease.create({ data: { projectId, key, runId } });
    },
    /** A worker that has projects. */
    worker: async (
      data: Partial<Row<Prisma.WorkerUncheckedCreateInput, never>> & { name: string },
      projectIds: readonly string[] = [],
    ): Promise<string> => {
      const id = next();
      const facts = { host: 'here', processId: 1, version: '0', slots: 4, serviceSlots: 10 };
      await prisma.worker.create({
        data: { ...facts, heartbeatAt: new Date(begin), labels: [], ...data, id },
      });
      await prisma.workerProject.createMany({
        data: projectIds.map((projectId, i) => ({
          ...{ workerId: id, projectId, directory: `/nowhere/${i}` },
          ...(i === 0 ? { filesDigest: 'd' } : {}),
        })),
      });
      return id;
    },
    bulkOperation: async (data: Partial<Row<Prisma.BulkOperationUncheckedCreateInput, never>>) => {
      const id = next();
      await prisma.bulkOperation.create({
        data: { verb: 'CANCEL_RUNS', filter: {}, options: {}, status: 'QUEUED', itemCount: 0, ...data, id },
      });
      return id;
    },
    bulkItem: async (
      operationId: string,
      data: Omit<Prisma.BulkItemUncheckedCreateInput, 'operationId'>,
    ): Promise<void> => {
      await prisma.bulkItem.create({ data: { ...data, operationId } });
    },
    /** A state with its first version. */
    state: async (
      environmentId: string,
      data: Partial<Row<Prisma.StateUncheckedCreateInput, 'environmentId'>> & { stateId: string },
    ): Promise<string> => {
      const id = next();
      await prisma.state.create({
        data: {
          completed: {},
          partial: {},
          version: 1,
          updatedAt: new Date(begin + 1000 * made),
          ...data,
          environmentId,
          id,
        },
      });
      return id;
    },
    stateVersion: async (
      stateRowId: string,
      data: Partial<Row<Prisma.StateVersionUncheckedCreateInput, 'stateRowId'>> & { version: number },
    ): Promise<string> => {
      const id = next();
      await prisma.stateVersion.create({
        data: {
          change: 'SET',
          stateId: 'seeded',
          completed: {},
          partial: {},
          changedAt: new Date(begin),
          ...data,
          stateRowId,
          id,
        },
      });
      return id;
    },
  };
}

export type Seeder = ReturnType<typeof seeder>;
