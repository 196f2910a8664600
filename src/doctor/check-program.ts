import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { retentionNames } from '../domain/retention-limits.ts';
import type { Config } from '../config/config.ts';
import { packageEngines } from '../package-files.ts';
import type { Environment } from '../runner/environment.ts';
import { gitTrees } from '../runner/git/git-trees.ts';
import { meltanoVersion } from '../runner/meltano-version.ts';
import { minFreeBytes } from '../store/database/embedded/disk-space.ts';
import type { Check } from './check.ts';

/** Whether the Node that runs this program is new enough. */
export async function checkNode(version: string): Promise<Check> {
  const { node: range } = await packageEngines();
  const least = /\d+(?:\.\d+)*/.exec(range)?.[0] ?? '0';
  return isAtLeast(version, least)
    ? { check: 'node', status: 'OK', message: version }
    : {
        ...{ check: 'node', status: 'FAILED' },
        message: `${version} is too old; install Node ${least} or a later one.`,
      };
}

function isAtLeast(version: string, least: string): boolean {
  const [own = [], wanted = []] = [version, least].map((text) => text.split('.').map(Number));
  const i = wanted.findIndex((part, at) => part !== (own[at] ?? 0));
  return i === -1 || (own[i] ?? 0) > (wanted[i] ?? 0);
}

/** The `meltano` of runs. */
export async function checkMeltano({ meltano }: Pick<Config, 'meltano'>, env: Environment): Promise<Check> {
  const { version, failure } = await meltanoVersion(meltano, env);
  if (failure === null) return { check: 'meltano', status: 'OK', message: `${version} (${meltano})` };
  const message = `${failure.message.split('\n')[0] ?? ''}; runs will fail. Name another with --meltano.`;
  return { check: 'meltano', status: 'FAILED', message };
}

/** Whether there is a `git`, which only projects from repositories need. */
export async function checkGit(
  { dataDirectory, gitProtocols: protocols }: Pick<Config, 'dataDirectory' | 'gitProtocols'>,
  env: Environment,
): Promise<Check> {
  return (await gitTrees({ dataDirectory, env, protocols }).isAvailable())
    ? { check: 'git', status: 'OK', message: 'projects can come from Git repositories' }
    : {
        ...{ check: 'git', status: 'WARNING' },
        message: 'There is no program git; projects from Git repositories will not run here. Install it.',
      };
}

/** The disk of the data directory, or of the place where a start makes it. */
export async function checkSpace({ dataDirectory }: Pick<Config, 'dataDirectory'>): Promise<Check> {
  let place = dataDirectory;
  while (!(await stat(place).catch(() => null)) && dirname(place) !== place) place = dirname(place);
  const { bavail, bsize } = await statfs(place);
  const free = bavail * bsize;
  const left = `${Math.floor(free / 2 ** 20)} MiB free for ${dataDirectory}`;
  const named = (bytes: number): string => `${bytes / 2 ** 20} MiB`;
  if (free < minFreeBytes.toStart) {
    const message = `${left}; no new runs are started below ${named(minFreeBytes.toStart)}. Make room.`;
    return { check: 'space', status: 'FAILED', message };
  }
  if (free < 16 * minFreeBytes.toStart) {
    const message = `${left}; below ${named(minFreeBytes.toStart)} no new runs are started.`;
    return { check: 'space', status: 'WARNING', message };
  }
  return { check: 'space', status: 'OK', message: left };
}

/** For how long what is deleted, and what runs leave, is kept. */
export function checkRetention({
  deletedRetentionDays,
  retention,
}: Pick<Config, 'deletedRetentionDays' | 'retention'>): Check {
  const limits = retentionNames.flatMap((name) =>
    retention[name] === null ? [] : [`${name}=${retention[name]}`],
  );
  const kept =
    limits.length === 0
      ? 'what runs leave is kept for ever (--retention)'
      : `what runs leave is kept for ${limits.join(', ')}`;
  const message = `what is deleted can be brought back for ${deletedRetentionDays} days; ${kept}, where a project does not say otherwise`;
  return { check: 'retention', status: 'OK', message };
}
