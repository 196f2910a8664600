import { setTimeout as sleep } from 'node:timers/promises';
import { Gauge, Registry } from 'prom-client';
import { diskFacts, type DiskFacts } from './disk.ts';
import { prefix, word } from './names.ts';
import { rememberedFor } from './remembered-for.ts';
import type { Figures, MetricSources } from './sources.ts';

/** For how long figures hold, in milliseconds. */
const figuresMs = 5000;

/** The same for what takes longer to find out, and changes slowly. */
const sizesMs = 60_000;

/** How long the database may take for an answer, in milliseconds: what is counted here is told in any case. */
const answerMs = 3000;

/** What is asked of others when metrics are read. */
export interface Gauges {
  /** What all processes on a database would say alike. */
  shared: () => Promise<Registry>;
  /** What is this process' own. */
  own: () => Registry;
}

export function gauges(sources: MetricSources): Gauges {
  const figures = rememberedFor(figuresMs, () => inTime(sources.figures()));
  const bytes = rememberedFor(sizesMs, () => inTime(sources.databaseBytes()));
  const disk = rememberedFor(sizesMs, () => diskFacts(sources.dataDirectory));
  return {
    shared: async () => {
      const [counted, size, room] = await Promise.all([figures(), bytes(), disk()]);
      const registry = new Registry();
      const set = setIn(registry);
      set('build_info', 'The version that answers, and where its database is.', 1, {
        version: sources.version,
        database: word(sources.database),
      });
      set('database_up', 'Whether the database has answered.', counted === null ? 0 : 1);
      if (counted !== null) setFigures(registry, counted);
      if (size !== null) set('database_size_bytes', 'Size of the database.', size);
      if (room !== null) setDisk(registry, room);
      return registry;
    },
    own: () => {
      const registry = new Registry();
      const { max, open, idle, waiting } = sources.pool();
      const set = setIn(registry);
      set('pool_max_connections', 'Connections that the pool for queries may have.', max);
      const used = group(registry, 'pool_connections', 'Connections of the pool that are open.', ['state']);
      used.set({ state: 'in_use' }, open - idle);
      used.set({ state: 'idle' }, idle);
      set('pool_waiting', 'Statements and transactions that wait for a connection.', waiting);
      return registry;
    },
  };
}

function setFigures(registry: Registry, figures: Figures): void {
  const set = setIn(registry);
  const queued = group(
    registry,
    'runs_queued',
    'Queued runs by their project, the labels that their worker must have, and what they wait for: a worker, a time, a limit, or a lease of another run. Counted up to 10,000 that wait for a worker and 10,000 others; of more than 100 groups, the smaller ones are together in one without a project.',
    ['project', 'labels', 'waits_for'],
  );
  for (const { project, labels, waitsFor, count } of figures.queued)
    queued.inc({ project, labels: labels.join(','), waits_for: waitsFor }, count);
  for (const { waitsFor, count } of figures.otherQueued)
    queued.inc({ project: '', labels: '', waits_for: waitsFor }, count);
  set(
    'queue_oldest_seconds',
    'For how long the oldest run has been waiting that a worker could take; 0 when there is none.',
    figures.oldestSeconds ?? 0,
  );
  const runs = group(registry, 'runs', 'Runs that have not ended, by their status. Services are left out.', [
    'status',
  ]);
  const all = [...figures.queued, ...figures.otherQueued].reduce((sum, { count }) => sum + count, 0);
  runs.set({ status: 'queued' }, all);
  for (const status of ['RUNNING', 'CANCELLING'])
    runs.set({ status: word(status) }, countOf(figures.active, status));
  const workers = group(registry, 'workers', 'Workers by their status.', ['status']);
  for (const status of ['ACTIVE', 'DRAINING', 'SUSPECT', 'LOST'])
    workers.set({ status: word(status) }, countOf(figures.workers, status));
  const slots = group(
    registry,
    'workers_slots',
    'Slots for runs of the workers that are alive. Those of a worker that takes no new runs are busy or not at all.',
    ['state'],
  );
  slots.set({ state: 'busy' }, figures.slots.busy);
  slots.set({ state: 'free' }, figures.slots.free);
  set(
    'schedule_lag_seconds',
    'For how long the next tick of a schedule is overdue; 0 when none is.',
    figures.scheduleLagSeconds,
  );
  set(
    'webhook_deliveries_pending',
    'What webhooks are still to be told, counted up to 10,000.',
    figures.webhooks.pending,
  );
  set(
    'webhook_oldest_seconds',
    'For how long the oldest of it has been waiting; 0 when there is none.',
    figures.webhooks.oldestSeconds ?? 0,
  );
}

function setDisk(registry: Registry, { free, size, directory }: DiskFacts): void {
  const set = setIn(registry);
  set('disk_free_bytes', 'Free space on the disk of the data directory.', free);
  set('disk_size_bytes', 'Size of the disk of the data directory.', size);
  if (directory !== null)
    set('data_directory_size_bytes', 'Size of the files in the data directory of the process.', directory);
}

function countOf(counts: Figures['active'], status: string): number {
  return counts.find((one) => one.status === status)?.count ?? 0;
}

function group(registry: Registry, name: string, help: string, labelNames: string[]): Gauge {
  return new Gauge({ name: `${prefix}${name}`, help, labelNames, registers: [registry] });
}

function setIn(
  registry: Registry,
): (name: string, help: string, value: number, labels?: Record<string, string>) => void {
  return (name, help, value, labels = {}) =>
    group(registry, name, help, Object.keys(labels)).set(labels, value);
}

/** The answer; null when there is none in time. What is wrong with the database is said elsewhere. */
async function inTime<T>(work: Promise<T>): Promise<T | null> {
  const given = new AbortController();
  const tooLate = sleep(answerMs, null, { signal: given.signal }).catch(() => null);
  return Promise.race([work.catch(() => null), tooLate]).finally(() => given.abort());
}
