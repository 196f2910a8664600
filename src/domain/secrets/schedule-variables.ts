import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { byThread } from '../../lib/event-loop/threads.ts';
import { readManifest } from '../../manifest/read-manifest.ts';
import { largeManifest } from '../../manifest/sections/size.ts';

/** The variables of a schedule in the files of its project, secrets included. Empty when it is not there. */
export async function variablesInFiles(directory: string, schedule: string): Promise<Record<string, string>> {
  const found = await stat(join(directory, 'meltano.yml')).catch(() => null);
  return readVariables({ directory, schedule, isLarge: (found?.size ?? 0) > largeManifest });
}

const readVariables = byThread(
  'scheduleVariables',
  async ({ directory, schedule }: { directory: string; schedule: string; isLarge: boolean }) => {
    const { schedules } = await readManifest(directory);
    return schedules.find(({ name }) => name === schedule)?.env ?? {};
  },
  { isLarge: ({ isLarge }) => isLarge },
);
