import { noJobs, problemOf } from '../domain/schedules/schedule-problem.ts';
import type { Send } from '../lib/sql.ts';
import { shortened, type Check } from './check.ts';

interface SilentSchedule {
  path: string;
  cron: string | null;
  interval: string;
  timeZone: string;
  endsAt: Date | null;
  tickCursor: Date;
}

/** The most schedules without a next time that are looked at. */
const mostSilent = 1000;

/** Schedules that are enabled and never due, and those that are due and are not started. */
export async function checkSchedules(send: Send): Promise<Check[]> {
  const [counts] = (await send(countsText, [])) as unknown as [
    { enabled: number; paused: number; overdue: number; since: string | null },
  ];
  const silent = (await send(silentText, [mostSilent])) as unknown as SilentSchedule[];
  const lines = silent.flatMap((schedule): Check[] => {
    const problem = problemOf({
      ...schedule,
      endsAt: schedule.endsAt === null ? null : new Date(schedule.endsAt),
      tickCursor: new Date(schedule.tickCursor),
    });
    if (problem === null) return [];
    const status = problem.code === 'ENDED' ? 'WARNING' : 'FAILED';
    return [{ check: 'schedules', status, message: `${schedule.path} never runs: ${problem.message}` }];
  });
  const idle = (await send(idleText, [mostSilent])) as unknown as { path: string }[];
  for (const { path } of idle) {
    const message = `${path} never runs: ${noJobs.message}`;
    lines.push({ check: 'schedules', status: 'WARNING', message });
  }
  const { enabled, paused, overdue, since } = counts;
  const counted: Check = {
    check: 'schedules',
    status: 'OK',
    message: `${enabled} enabled, ${paused} paused`,
  };
  const late: Check[] =
    overdue === 0
      ? []
      : [
          {
            ...{ check: 'schedules', status: 'WARNING' },
            message: `${overdue} are due since ${since ?? ''} and were not started: no gateway runs, or it cannot decide them; its log says why.`,
          },
        ];
  return [counted, ...late, ...shortened('schedules', lines)];
}

const existing = `"Schedule" AS s JOIN "Environment" AS e ON e.id = s."environmentId" JOIN "Project" AS p ON p.id = e."projectId"
  WHERE s."deletedAt" IS NULL AND e."deletedAt" IS NULL AND p."deletedAt" IS NULL`;

// One that was just changed has its next time within moments.
const countsText = `SELECT count(*) FILTER (WHERE s."isEnabled")::int AS enabled,
    count(*) FILTER (WHERE NOT s."isEnabled")::int AS paused,
    count(*) FILTER (WHERE s."nextTickAt" < "gatewayNow"() - interval '2 minutes')::int AS overdue,
    to_char(min(s."nextTickAt") FILTER (WHERE s."nextTickAt" < "gatewayNow"() - interval '2 minutes') AT TIME ZONE 'UTC',
      'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since
  FROM ${existing}`;

const silentText = `SELECT concat_ws('/', p.name, e.name, s.name) AS path, s.cron, s.interval, s."timeZone", s."endsAt", s."tickCursor"
  FROM ${existing} AND s."isEnabled" AND s.cron IS NOT NULL AND (s."nextTickAt" IS NULL OR s."nextTickAt" = s."tickCursor")
  ORDER BY 1 LIMIT $1::int`;

const idleText = `SELECT concat_ws('/', p.name, e.name, s.name) AS path
  FROM ${existing} AND s."isEnabled" AND s."afterRule" IS NOT NULL AND NOT EXISTS (
    SELECT FROM "ScheduleUpstream" AS u JOIN "Job" AS j ON j.id = u."jobId"
    WHERE u."scheduleId" = s.id AND j."deletedAt" IS NULL
  ) ORDER BY 1 LIMIT $1::int`;
