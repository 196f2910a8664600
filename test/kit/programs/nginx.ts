import { existsSync } from 'node:fs';
import { describe } from 'vitest';

/** The nginx for tests: `NGINX`, or the path of Debian's package; null when there is none. */
export const nginx: string | null =
  [process.env.NGINX, '/usr/sbin/nginx'].find((path) => path !== undefined && existsSync(path)) ?? null;

/** `describe` for tests behind a real nginx. Without one they are skipped, and the test set-up reports it. */
export const describeWithNginx = describe.skipIf(nginx === null);
