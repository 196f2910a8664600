import { annotations, entries, name, own, refuseOtherKeys } from '../fields.ts';
import type { Entry } from '../fields.ts';
import type { ManifestJob } from '../manifest.ts';
import { fail, locate } from '../reading.ts';
import type { Reading } from '../reading.ts';

const keys = ['name', 'tasks'];

/** The entries under `jobs` (meltano/core/task_sets.py). Wrong entries are recorded and left out. */
export function readJobs(reading: Reading, items: readonly unknown[]): ManifestJob[] {
  return entries(reading, items, 'job').flatMap((entry) => {
    refuseOtherKeys(reading, entry, keys);
    const job = name(reading, entry, 'name');
    const tasks = readTasks(reading, entry);
    if (job === null || tasks === null) return [];
    return [{ name: job, tasks, annotations: annotations(entry), location: entry.at }];
  });
}

function readTasks(reading: Reading, entry: Entry): string[][] | null {
  const tasks = own(entry, 'tasks');
  const at = locate(reading, entry.value, 'tasks');
  if (typeof tasks === 'string') {
    const message = `\`tasks\` of the ${entry.label} is text, which Meltano takes letter by letter; write a list`;
    fail(reading, at, `${message}: \`tasks: [${JSON.stringify(tasks)}]\`.`);
    return null;
  }
  if (!Array.isArray(tasks)) {
    const message = tasks === undefined ? `The ${entry.label} has no \`tasks\`` : '`tasks` has to be a list';
    fail(reading, at, `${message}; list what to run, such as \`- tap-a target-b\`.`);
    return null;
  }
  return tasks.map((task: unknown, index) => {
    const blocks = blocksOf(task);
    if (blocks) return blocks;
    const message = `A task of the ${entry.label} is neither text nor a list of text; put names in quotes.`;
    fail(reading, locate(reading, tasks, index), message);
    return [];
  });
}

/** Splits at each single space, as Meltano does: two spaces in a row give a block without a name. */
function blocksOf(task: unknown): string[] | null {
  if (typeof task === 'string') return task.split(' ');
  if (!Array.isArray(task)) return null;
  const parts = task.map((part: unknown) => blocksOf(part));
  return parts.every((part) => part !== null) ? parts.flat() : null;
}
