import type { Gateway } from '../../domain/gateway.ts';
import { plannedTicks } from '../../domain/schedules/decide-ticks.ts';

/** How many schedules are named. */
const most = 10;

/** Tells at a start what will run and when, and what is paused because nobody has enabled it. */
export async function sayWhatIsDue({ db, log }: Pick<Gateway, 'db' | 'log'>): Promise<void> {
  const upcoming = await db.schedules.upcoming(most);
  const { enabled, paused } = await db.schedules.summary();
  for (const schedule of upcoming) {
    const { name, environment } = schedule;
    const next = plannedTicks(schedule, 1)[0]?.plannedAt ?? null;
    if (next === null) continue;
    const path = `${environment.project.name}/${environment.name}/${name}`;
    log.info({ schedule: path, next: next.toISOString() }, 'a schedule will run');
  }
  if (enabled > upcoming.length) {
    log.info({ schedules: enabled - upcoming.length }, 'more schedules will run, see upcomingRuns');
  }
  for (const { path, count } of paused) {
    log.info(
      { environment: path, schedules: count },
      'imported schedules are paused here; enable them with --schedules or updateEnvironment(schedules: ENABLED)',
    );
  }
}
