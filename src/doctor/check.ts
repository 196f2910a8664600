/** What a check has found. SKIPPED: it could not look, for a reason that another line names. */
export type CheckStatus = 'OK' | 'WARNING' | 'FAILED' | 'SKIPPED';

/** A line of the report. */
export interface Check {
  check: string;
  status: CheckStatus;
  /** One line that says what was found and, when something is wrong, what to do. It has no secrets. */
  message: string;
}

/** The most lines that tell of one kind of trouble. */
export const mostLines = 20;

/** At most `mostLines` of some lines, and one that says how many more there are. */
export function shortened(check: string, lines: readonly Check[]): Check[] {
  const left = lines.length - mostLines;
  if (left <= 0) return [...lines];
  const worst = lines.some(({ status }) => status === 'FAILED') ? 'FAILED' : 'WARNING';
  return [...lines.slice(0, mostLines), { check, status: worst, message: `${left} more of these.` }];
}

/** The first line of what an error says. */
export function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.trim().split('\n')[0] ?? '';
}
