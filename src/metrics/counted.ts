import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { onMeasure as on } from './measures.ts';
import { prefix, word } from './names.ts';

/** Bounds of a duration that a client waits for, in seconds. */
const requestBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const statementBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];
const runBounds = [1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 86_400];
const lagBounds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** What this process has done since its start. Several gateways of one process, as in tests, are counted together. */
let counted: Registry | null = null;

/** Begins to count; a second call changes nothing. */
export function countMeasures(): Registry {
  if (counted !== null) return counted;
  counted = new Registry();
  // Their names are those of every program on Node, so that dashboards for Node fit.
  collectDefaultMetrics({ register: counted });
  countRequests(counted);
  countWork(counted);
  return counted;
}

function countRequests(registry: Registry): void {
  const of = { registers: [registry] };
  const requests = new Counter({
    name: `${prefix}requests_total`,
    help: 'Operations of GraphQL that were answered, by their kind (none: not known, since the document is not valid) and by their outcome (refused: a mutation has said why it did nothing). A subscription counts when it ends.',
    labelNames: ['kind', 'outcome'],
    ...of,
  });
  const duration = new Histogram({
    name: `${prefix}request_duration_seconds`,
    help: 'Time from when an operation was read until its answer was sent. Subscriptions are left out.',
    labelNames: ['kind'],
    buckets: requestBounds,
    ...of,
  });
  on('request', ({ kind, outcome, seconds }) => {
    requests.inc({ kind, outcome });
    if (kind !== 'subscription') duration.observe({ kind }, seconds);
  });
  const subscriptions = new Gauge({
    name: `${prefix}subscriptions`,
    help: 'Subscriptions that are open.',
    ...of,
  });
  on('subscription', ({ change }) => subscriptions.inc(change));
  const refusals = new Counter({
    name: `${prefix}http_refusals_total`,
    help: 'Requests that were refused before GraphQL saw them, such as those without the token (401), by the status of the answer.',
    labelNames: ['status'],
    ...of,
  });
  on('refusal', ({ status }) => refusals.inc({ status: String(status) }));
  const mutations = new Counter({
    name: `${prefix}mutations_total`,
    help: 'Mutations by their name and outcome (refused: nothing was changed, and the answer says why).',
    labelNames: ['mutation', 'outcome'],
    ...of,
  });
  on('mutation', ({ mutation, outcome }) => mutations.inc({ mutation, outcome }));
}

function countWork(registry: Registry): void {
  const of = { registers: [registry] };
  const statements = new Counter({
    name: `${prefix}sql_statements_total`,
    help: 'SQL statements of this process by their outcome. Those of the queue, pg-boss, are not among them.',
    labelNames: ['outcome'],
    ...of,
  });
  const statementDuration = new Histogram({
    name: `${prefix}sql_statement_duration_seconds`,
    help: 'Time that an SQL statement took, with the wait for a connection.',
    buckets: statementBounds,
    ...of,
  });
  on('statement', ({ outcome, seconds }) => {
    statements.inc({ outcome });
    statementDuration.observe(seconds);
  });
  const runs = new Counter({
    name: `${prefix}runs_ended_total`,
    help: 'Runs whose end this process has recorded, by their kind and status.',
    labelNames: ['kind', 'status'],
    ...of,
  });
  const runDuration = new Histogram({
    name: `${prefix}run_duration_seconds`,
    help: 'Time from the start of a run to its end. Runs of services are left out.',
    labelNames: ['kind'],
    buckets: runBounds,
    ...of,
  });
  on('runEnded', ({ kind, status, seconds }) => {
    runs.inc({ kind: word(kind), status: word(status) });
    if (kind !== 'SERVICE') runDuration.observe({ kind: word(kind) }, seconds);
  });
  const lines = new Counter({
    name: `${prefix}log_lines_total`,
    help: 'Lines of runs that this process has stored.',
    ...of,
  });
  const lag = new Histogram({
    name: `${prefix}log_lag_seconds`,
    help: 'Time from when a line was written until it was stored, of the oldest line that was stored together.',
    buckets: lagBounds,
    ...of,
  });
  on('linesStored', ({ count, seconds }) => {
    lines.inc(count);
    lag.observe(Math.max(0, seconds));
  });
  const ticks = new Counter({
    name: `${prefix}schedule_ticks_total`,
    help: 'Ticks of schedules that this process has decided, by what became of them (run, or none: skipped or missed).',
    labelNames: ['outcome'],
    ...of,
  });
  on('ticks', ({ runs: started, others }) => {
    ticks.inc({ outcome: 'run' }, started);
    ticks.inc({ outcome: 'none' }, others);
  });
}
