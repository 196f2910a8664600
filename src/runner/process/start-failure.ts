import { existsSync } from 'node:fs';
import type { Outcome } from './process.ts';
import type { StartFailure } from './program.ts';

/**
 * Explains why a program did not start. The system reports ENOENT both for a missing program and for a
 * missing directory.
 */
export function startFailure(code: string, message: string, executable: string, cwd: string): StartFailure {
  if (!existsSync(cwd)) return { code, message: `The project directory was not found: ${cwd}` };
  if (code === 'ENOENT') return { code, message: `meltano was not found: ${executable}` };
  if (code === 'EACCES') return { code, message: `meltano may not be executed: ${executable}` };
  return { code, message: `meltano could not be started: ${message}` };
}

/** The outcome of a run whose private directory could not be made, for example because the disk is full. */
export function failedPreparation(error: unknown, startedAt: Date): Outcome {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'PREPARATION';
  return {
    exitCode: null,
    signal: null,
    failedToStart: { code, message: `The run could not be prepared: ${message}` },
    stopRequested: false,
    forced: false,
    startedAt,
    endedAt: new Date(),
  };
}
