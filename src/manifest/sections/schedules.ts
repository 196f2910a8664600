import { checkInterval, cronOf } from '../cron.ts';
import { annotations, entries, env, isEmpty, name, own, text } from '../fields.ts';
import type { Entry } from '../fields.ts';
import type { ManifestSchedule } from '../manifest.ts';
import { fail, locate, warn } from '../reading.ts';
import type { Reading } from '../reading.ts';

/**
 * The entries under `schedules` (meltano/core/schedule.py). Wrong entries are recorded and left out. Unknown
 * keys are accepted, as in Meltano.
 */
export function readSchedules(reading: Reading, items: readonly unknown[]): ManifestSchedule[] {
  return entries(reading, items, 'schedule').flatMap((entry): ManifestSchedule[] => {
    const schedule = name(reading, entry, 'name');
    const interval = readInterval(reading, entry);
    const target = isEmpty(own(entry, 'job')) ? readPair(reading, entry) : readJob(reading, entry);
    const variables = env(reading, entry);
    if (schedule === null || interval === undefined || target === null) return [];
    const base = { name: schedule, interval, cron: cronOf(interval), env: variables };
    return [{ ...base, ...target, annotations: annotations(entry), location: entry.at }];
  });
}

function readInterval(reading: Reading, entry: Entry): string | null | undefined {
  const interval = own(entry, 'interval');
  const at = locate(reading, entry.value, 'interval');
  if (interval === undefined) {
    fail(
      reading,
      at,
      `The ${entry.label} has no \`interval\`; give it a cron expression, or \`@once\` for never.`,
    );
    return undefined;
  }
  if (interval !== null && typeof interval !== 'string') {
    fail(reading, at, `\`interval\` of the ${entry.label} has to be a cron expression in quotes.`);
    return undefined;
  }
  const complaint = interval === null || interval === '' ? null : checkInterval(interval);
  if (complaint !== null) warn(reading, at, `The ${entry.label} never comes due: ${complaint}`);
  return interval;
}

function readJob(reading: Reading, entry: Entry): { kind: 'JOB'; job: string } | null {
  const job = name(reading, entry, 'job');
  return job === null ? null : { kind: 'JOB', job };
}

interface Pair {
  kind: 'EXTRACT_LOAD';
  extractor: string;
  loader: string;
  transform: string;
}

function readPair(reading: Reading, entry: Entry): Pair | null {
  if (own(entry, 'extractor') === undefined && own(entry, 'loader') === undefined) {
    fail(reading, entry.at, `The ${entry.label} names no \`job\`; give it the name of a job to run.`);
    return null;
  }
  const extractor = name(reading, entry, 'extractor');
  const loader = name(reading, entry, 'loader');
  const transform = text(reading, entry, 'transform');
  const at = locate(reading, entry.value, 'transform');
  if (transform === null) {
    fail(reading, at, `The ${entry.label} has neither \`job\` nor \`transform\`; add \`transform: skip\`.`);
  } else if (!['skip', 'only', 'run'].includes(transform)) {
    warn(
      reading,
      at,
      `\`transform\` of the ${entry.label} is \`${transform}\`; Meltano takes skip, only or run.`,
    );
  }
  if (extractor === null || loader === null || transform === null) return null;
  return { kind: 'EXTRACT_LOAD', extractor, loader, transform };
}
