import { join } from 'node:path';
import { home } from '../set-up/home.ts';
import { pythonPackages } from './python-packages.ts';

/** How Go's programs are started. */
export interface Go {
  program: string;
  env: Record<string, string>;
}

/**
 * The Go that a pinned list of Python packages brings along: that of Debian is too old. What it downloads and compiles is
 * kept for the next run of the tests.
 */
export async function goOf(requirements: string): Promise<Go> {
  const bin = await pythonPackages(requirements);
  return {
    program: join(bin, 'go'),
    env: {
      // Files that a cache may not write cannot be removed either.
      GOFLAGS: '-buildvcs=false -modcacherw',
      GOMODCACHE: join(home, 'go/modules'),
      GOCACHE: join(home, 'go/build'),
      GOTOOLCHAIN: 'local',
      CGO_ENABLED: '0',
    },
  };
}
