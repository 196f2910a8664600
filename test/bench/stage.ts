import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from '../kit/built.ts';
import type { Say } from './command.ts';

/** What a benchmark stands on. */
export interface Stage {
  /** The built gateway's entry point. */
  main: string;
  /** A temporary directory. */
  directory: string;
  /** Has something done at the end; what came last is done first. */
  atEnd: (done: () => unknown) => void;
  say: Say;
}

/**
 * Builds the gateway, lets a benchmark use it, and takes down what the benchmark has set up, also when it fails or
 * is interrupted.
 *
 * @param given entry point of a gateway that is built already
 */
export async function onStage(
  given: string | null,
  say: Say,
  play: (stage: Stage) => Promise<void>,
): Promise<void> {
  const ends: (() => unknown)[] = [];
  const atEnd: Stage['atEnd'] = (done) => void ends.push(done);
  const takeDown = async (): Promise<void> => {
    for (let end = ends.pop(); end; end = ends.pop()) {
      try {
        await end();
      } catch (error) {
        say(`Taking down: ${String(error)}`);
      }
    }
  };
  const state: { down: Promise<void> | null } = { down: null };
  const interrupt = (): void => {
    // Comes twice when npm hands it on.
    state.down ??= takeDown().finally(() => process.exit(130));
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  try {
    const directory = await mkdtemp(join(tmpdir(), 'meltano-graphql-bench-'));
    atEnd(() => rm(directory, { recursive: true, force: true }));
    await play({ main: given ?? (await buildOurs(atEnd, say)), directory, atEnd, say });
  } catch (error) {
    // What fails since it was taken down is no news.
    if (state.down === null) throw error;
  } finally {
    await (state.down ?? takeDown());
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

async function buildOurs(atEnd: Stage['atEnd'], say: Say): Promise<string> {
  say('Building …');
  const { main, remove } = await build();
  atEnd(remove);
  return main;
}
