import type { WebhookFormat } from '../../store/index.ts';

/** An event, as triggers of the migrations write it. */
export interface EventPayload {
  type: string;
  timestamp: string;
  data: {
    project: { path: string };
    environment?: { path: string } | null;
    run?: {
      id: string;
      job: { path: string } | null;
      command: string;
      attempt: number;
      isRetried: boolean;
      durationMs: number | null;
      errorMessage: string | null;
    };
    tick?: { schedule: { path: string }; dueAt: string; message: string | null };
    schedule?: { path: string; pauseAfterFailures: number | null };
    service?: { path: string; statusReason: string | null };
    webhook?: { path: string };
  };
}

/** The body of the request for an event. @param payload the event as JSON text */
export function requestBody(format: WebhookFormat, payload: string): string {
  return format === 'STANDARD'
    ? payload
    : JSON.stringify({ text: said(JSON.parse(payload) as EventPayload) });
}

/** An event as a short text for people, in Slack's `mrkdwn`. */
function said({ type, data }: EventPayload): string {
  const { run, tick, schedule, service, webhook, project } = data;
  const what = type.split('.')[1]?.replaceAll('_', ' ') ?? type;
  if (run) {
    const name = run.job?.path ?? `${data.environment?.path ?? project.path}: ${run.command}`;
    const took = run.durationMs === null ? '' : ` after ${Math.round(run.durationMs / 1000)} s`;
    const attempt = run.attempt > 1 || run.isRetried ? ` (attempt ${run.attempt})` : '';
    const more = run.isRetried ? '\nIt is retried.' : '';
    return `*${escaped(name)}* ${what}${took}${attempt}${reason(run.errorMessage)}${more}`;
  }
  if (tick) return `*${escaped(tick.schedule.path)}* ${what}: due at ${tick.dueAt}${reason(tick.message)}`;
  if (schedule)
    return `*${escaped(schedule.path)}* paused: ${schedule.pauseAfterFailures ?? ''} of its runs in a row failed`;
  if (service) return `*${escaped(service.path)}* ${what}${reason(service.statusReason)}`;
  return `*${escaped(webhook?.path ?? project.path)}* works: this is a test`;
}

function reason(message: string | null): string {
  return message === null ? '' : `\n>${escaped(message.slice(0, 500)).replaceAll('\n', '\n>')}`;
}

/** Slack's three signs that are no text. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
