import { AlreadyExists, InputCheck } from '../../errors.ts';
import type { Statements } from '../../store/index.ts';
import { pairsOf, parseBlocks } from '../definitions/blocks.ts';

/** A task as callers give it: its blocks, in order. */
export interface TaskInput {
  blocks: readonly string[];
}

/** The error for a name that another job of the environment has. */
export function jobExists(name: string, environment: string, at: readonly string[]): AlreadyExists {
  return new AlreadyExists(
    `The environment "${environment}" has a job "${name}" already; choose another name.`,
    at,
  );
}

export async function checkTasks(
  db: Statements,
  check: InputCheck,
  projectId: string,
  tasks: readonly TaskInput[],
) {
  const { blocks, mistakes } = parseBlocks(
    tasks.flatMap((task) => task.blocks),
    await db.plugins.of(projectId),
  );
  for (const { code, message } of mistakes) check.add('tasks', code, message);
  return { tasks: tasks.map((task) => [...task.blocks]), pairs: pairsOf(blocks) };
}
