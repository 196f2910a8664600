/** Reports tests that cannot run here. `.ci/run` fails on it. */
export function notRun(suites: string, reason: string): void {
  console.warn(`\n!!! NOT RUN: ${suites}: ${reason}\n`);
}
