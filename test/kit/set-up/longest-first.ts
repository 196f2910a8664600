import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The slow files that take longest, the longest first, below `test/` and without their ending. One that
 * begins last would keep a core busy when all others are done. Those that mostly wait stand between those
 * that compute.
 */
const longest = [
  'fuzz/fuzz',
  'crash/orphans',
  'api/projects/growth',
  'crash/windows/recovery',
  'crash/clocks',
  'api/manifests/edit-text',
  'crash/windows/windows',
  'api/rules/maxima',
  'cli/backup',
  'crash/kill',
  'demo/provision',
  'crash/networks',
  'crash/schedules',
  'crash/bulk',
  'crash/stop',
  'demo/jobs',
  'api/reading/paging',
  'api/rules/whole',
  'crash/outage',
  'store/migrations',
  'api/rules/rules-together',
  'consumers/python',
  'runner/run-meltano',
  'api/runs/run',
  'api/runs/run-tests',
  'api/runs/leases',
  'store/embedded',
  'cli/start',
  'api/rules/rules',
  'api/bulk/bulk-operations',
];

/** Starts the longest files of each suite first, and the others in the order of their size. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = new Map(sorted.map((file) => [file, this.rankOf(file)]));
    return sorted.sort((one, other) => (rank.get(one) ?? 0) - (rank.get(other) ?? 0));
  }

  private rankOf({ moduleId }: TestSpecification): number {
    const name = relative(`${this.ctx.config.root}/test`, moduleId).replace('.slow.test.ts', '');
    const rank = longest.indexOf(name);
    return rank === -1 ? longest.length : rank;
  }
}
