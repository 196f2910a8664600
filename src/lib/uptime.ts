import { uptime } from 'node:os';

/**
 * How long the machine has been running, in milliseconds. Setting the clock does not change it. It includes the time
 * in which the machine was suspended, which `performance.now()` leaves out.
 */
export function uptimeMs(): number {
  return uptime() * 1000;
}
