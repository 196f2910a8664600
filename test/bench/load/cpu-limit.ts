import { access, mkdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const root = '/sys/fs/cgroup';

/**
 * Lets a process use a part of one processor at most, as if it ran on a slower machine of its own. By Linux's
 * control groups, so it takes root.
 *
 * @param share such as 0.3
 * @returns takes the limit away, once the process has ended
 */
export async function limitCpu(processId: number, share: number): Promise<() => Promise<void>> {
  const isSecondVersion = await access(join(root, 'cgroup.controllers')).then(
    () => true,
    () => false,
  );
  const group = join(root, isSecondVersion ? '' : 'cpu', `meltano-graphql-bench-${processId}`);
  const period = 10_000;
  const quota = Math.round(period * share);
  await mkdir(group);
  if (isSecondVersion) {
    await writeFile(join(group, 'cpu.max'), `${quota} ${period}`);
  } else {
    await writeFile(join(group, 'cpu.cfs_period_us'), String(period));
    await writeFile(join(group, 'cpu.cfs_quota_us'), String(quota));
  }
  await writeFile(join(group, 'cgroup.procs'), String(processId));
  return () => rmdir(group);
}
