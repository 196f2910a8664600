import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { storeId } from '../verbs/runs.ts';
import { standIn } from './stand-in.ts';

/** A stand-in for Meltano whose runs go on until `openGate` is called for them. */
export const gated = standIn('gated.py');

/** Lets a run of `gated` go on to its end, now or when it starts. */
export async function openGate(projectDirectory: string, run: string): Promise<void> {
  const gates = join(projectDirectory, 'gates');
  await mkdir(gates, { recursive: true });
  await writeFile(join(gates, storeId(run)), '');
}
