import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The slow files that take longest, the longest first, below `test/` and without their ending. One that
 * begins last would keep a core busy when all others are done. Those that mostly wait stand between those
 * that compute.
 */
const longest = [
  'crash/windows/recovery',
  'fuzz/fuzz',
  'demo/provision',
  'runner/run-meltano',
  'crash/outage',
  'api/manifests/edit-text',
  'cli/cluster',
  'api/runs/run',
  'crash/windows/windows',
  'install/install-plugins',
  'demo/jobs',
  'cli/start',
  'crash/clocks',
  'store/embedded',
  'crash/stop',
  'store/data-directory',
  'crash/orphans',
  'api/runs/run-tests',
  'crash/full-disk',
  'api/runs/leases',
  'api/rules/maxima',
  'crash/kill',
  'api/rules/whole',
  'cli/token',
  'api/projects/growth',
  'api/rules/rules-together',
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
