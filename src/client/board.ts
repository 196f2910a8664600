import type { ProgressQuery, SummaryFragment } from './operations.ts';

/** Lines on a terminal that are drawn again in their place. */
export class Board {
  readonly #say: (text: string) => void;
  #drawn = 0;

  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  draw(lines: readonly string[]): void {
    // To the first line, and all below is wiped.
    const back = this.#drawn === 0 ? '' : `\u001b[${this.#drawn}A\u001b[J`;
    this.#say(`${back}${lines.join('\n')}`);
    this.#drawn = lines.length;
  }
}

type Shown = Partial<Extract<NonNullable<ProgressQuery['node']>, { blocks: unknown }>>;

/** A line for each block of a run: its status, and the rows so far. */
export function blockLines({ blocks, metrics }: Shown, run: SummaryFragment | null): string[] {
  const rowsOf = (plugin: string | null): number =>
    (metrics?.nodes ?? [])
      .filter((metric) => metric.plugin === plugin && metric.name === 'record_count')
      .reduce((rows, { value }) => rows + value, 0);
  const shown = blocks?.nodes ?? [];
  const width = Math.max(0, ...shown.map(({ command }) => command.length));
  const lines = shown.map(({ command, status, durationSeconds, extractor, loader }) => {
    const rows = Math.max(rowsOf(loader), rowsOf(extractor));
    const parts = [
      command.padEnd(width),
      status.padEnd(9),
      ...(extractor === null ? [] : [`${rows.toLocaleString('en')} rows`]),
      ...(durationSeconds === null ? [] : [`${Math.round(durationSeconds)} s`]),
    ];
    return parts.join('  ').trimEnd();
  });
  const status = run?.status ?? 'QUEUED';
  const isPlain = status === 'RUNNING' || run?.isEnded === true;
  const why = run?.waitingFor ? `: ${run.waitingFor.message}` : '';
  return isPlain && lines.length > 0 ? lines : [`${status}${why}`, ...lines];
}
