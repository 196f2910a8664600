import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { pid } from 'node:process';

/** Name of this machine, or of this container. */
export function hostName(): string {
  return hostname();
}

/** What tells this machine from others, beside its name. */
export interface Machine {
  /** Id of this process, in that namespace. */
  processId: number;
  /** Id of its present start; null where there is no `/proc`. */
  bootId: string | null;
  /** The namespace of process ids; null where there is no `/proc`. */
  pidNamespace: string | null;
}

/** Reads what tells this machine from others. Source: proc(5), namespaces(7). */
export async function thisMachine(): Promise<Machine> {
  const bootId = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => null);
  const pidNamespace = await readlink('/proc/self/ns/pid').catch(() => null);
  return { processId: pid, bootId: bootId?.trim() ?? null, pidNamespace };
}
