import { recent } from '../../lib/serving/recent.ts';
import type { Store } from '../../store/index.ts';
import { logFormatVersion, measuredLines, type LogFormat } from '../../store/runs/log-texts.ts';

export type { LogFormat };

/** The log of a run as a file: so many bytes as there were when it was asked for. Lines that come later are beyond its end. */
export interface LogFile {
  /** What tells this content from any other. */
  version: string;
  /** Whether its lines were removed, as the retention says. */
  isRemoved: boolean;
  /** Whether its size is known at little cost. */
  isShort: boolean;
  /** Its bytes. Lines are measured that were not measured before. */
  size: () => Promise<number>;
  /**
   * Its bytes from one place to another, in pieces of limited size.
   *
   * @param end null for all that follows
   * @throws LogGone
   */
  read: (start: number, end: number | null) => AsyncGenerator<Buffer>;
}

/** The run was deleted while its log was being read. */
export class LogGone extends Error {
  override name = 'LogGone';
}

/** Bytes before each part of `measuredLines` lines. A log only grows, so what was measured once stays right. */
type Measures = number[];

/** How many numbers are remembered: of a log with a million lines a hundred. */
const mostMeasures = 100_000;

const measuresOf = new WeakMap<Store, ReturnType<typeof recent<Measures>>>();

/** The log of a run as it is now; null when there is no such run. */
export async function logFile(store: Store, runId: string, format: LogFormat): Promise<LogFile | null> {
  const facts = await store.logTexts.facts(runId);
  if (facts === null) return null;
  const { lines, isRemoved } = facts;
  const known = measuresOf.get(store) ?? recent<Measures>(mostMeasures, () => 100);
  measuresOf.set(store, known);
  const key = `${format} ${runId}`;
  const measures = known.get(key) ?? [0];
  known.set(key, measures);

  /** Measures whole parts until there is a number for a part, or for the last one. */
  const measureTo = async (isEnough: (bytes: number) => boolean): Promise<void> => {
    while (measures.length * measuredLines <= lines && !isEnough(measures.at(-1) ?? 0)) {
      const part = measures.length;
      const first = (part - 1) * measuredLines + 1;
      const bytes = await store.logTexts.bytes(runId, format, first, lines);
      // Another request may have measured it meanwhile.
      measures[part] ??= (measures[part - 1] ?? 0) + bytes;
    }
  };
  let size: Promise<number> | null = null;
  const measure = async (): Promise<number> => {
    await measureTo(() => false);
    const whole = Math.floor(lines / measuredLines);
    const rest = lines % measuredLines;
    const last = rest === 0 ? 0 : await store.logTexts.bytes(runId, format, whole * measuredLines + 1, lines);
    return (measures[whole] ?? 0) + last;
  };
  return {
    version: `${runId}-${format.toLowerCase()}-${logFormatVersion}-${lines}`,
    isRemoved,
    isShort: lines <= measuredLines,
    size: () => (size ??= measure()),
    async *read(start, end) {
      if (start > 0) await measureTo((bytes) => bytes > start);
      const part = Math.max(
        0,
        measures.findLastIndex((bytes) => bytes <= start),
      );
      let at = part === 0 ? 0 : (measures[part] ?? 0);
      for (let next = part * measuredLines + 1; next <= lines && (end === null || at < end);) {
        const piece = await store.logTexts.piece(runId, format, next, lines);
        if (piece === null) throw new LogGone(`The log of run ${runId} is gone.`);
        const bytes = Buffer.from(piece.text);
        const wanted = bytes.subarray(Math.max(0, start - at), end === null ? undefined : end - at);
        if (wanted.length > 0) yield wanted;
        at += bytes.length;
        next = piece.last + 1;
      }
    },
  };
}
