import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Tests of folders whose own tests have another name. A folder stands for the quick tests below it, a file for itself:
 * a slow one is named where no quick one looks.
 */
const others: Record<string, readonly string[]> = {
  'src/domain/bulk': [
    'test/api/bulk/bulk-verbs.slow.test.ts',
    'test/api/bulk/bulk-operations.slow.test.ts',
    'test/api/worker/wakes.slow.test.ts',
  ],
  'src/domain/changes': ['test/api/changes/changes.slow.test.ts'],
  'src/domain/definitions': [
    'test/api/jobs',
    'test/api/schedules',
    'test/domain/definitions/count-ticks.slow.test.ts',
  ],
  'src/domain/environments': ['test/api/environments/environments.slow.test.ts', 'test/api/manifests'],
  'src/domain/lifecycle': [
    'test/api/lifecycle/delete.slow.test.ts',
    'test/api/lifecycle/purge.slow.test.ts',
    'test/api/lifecycle/undelete.slow.test.ts',
  ],
  'src/domain/mirror': [
    'test/api/projects',
    'test/api/projects/managed.slow.test.ts',
    'test/api/manifests',
    'test/api/projects/import-edits.slow.test.ts',
    'test/api/projects/apply-imported.slow.test.ts',
  ],
  'src/domain/moves': ['test/api/moves/move-resource.slow.test.ts'],
  'src/domain/naming': ['test/api/moves/former-paths.slow.test.ts', 'test/api/rules', 'test/api/jobs'],
  'src/domain/plugins': ['test/api/manifests', 'test/api/projects/managed.slow.test.ts'],
  'src/domain/projects': [
    'test/api/manifests',
    'test/api/projects/managed.slow.test.ts',
    'test/api/projects/manifest.slow.test.ts',
    'test/api/projects/contents/files.slow.test.ts',
    'test/api/projects/import-many.slow.test.ts',
    'test/api/projects/import.slow.test.ts',
    'test/api/projects/import-secrets.slow.test.ts',
    'test/api/projects/contents/variables.slow.test.ts',
  ],
  'src/domain/retention': [
    'test/api/retention/retention.slow.test.ts',
    'test/api/retention/storage.slow.test.ts',
  ],
  'src/domain/rules': [
    'test/api/rules/rules.slow.test.ts',
    'test/api/rules/request-ids.slow.test.ts',
    'test/api/rules/nothing-to-change.slow.test.ts',
  ],
  'src/domain/runs': [
    'test/api/runs/submit-run.slow.test.ts',
    'test/api/worker',
    'test/api/runs/retry-run.slow.test.ts',
  ],
  'src/domain/schedules': [
    'test/api/schedules/firing.slow.test.ts',
    'test/api/schedules/backfill.slow.test.ts',
    'test/api/schedules/after-jobs.slow.test.ts',
    'test/api/schedules/imported.slow.test.ts',
  ],
  'src/domain/secrets': ['test/api/projects', 'test/api/projects/secret-places.slow.test.ts'],
  'src/domain/services': ['test/api/worker', 'test/api/services/services.slow.test.ts'],
  'src/domain/states': [
    'test/api/states/state-diff.slow.test.ts',
    'test/api/states/state-import.slow.test.ts',
    'test/api/states/state-properties.slow.test.ts',
    'test/api/states/state-force.slow.test.ts',
    'test/api/states/state-copy.slow.test.ts',
    'test/api/states/state-edit.slow.test.ts',
  ],
  'src/domain/system-import': ['test/api/system-import/import-system-database.slow.test.ts'],
  'src/domain/webhooks': ['test/api/webhooks/sending.slow.test.ts'],
  'src/domain/workers': [
    'test/api/workers/workers.slow.test.ts',
    'test/api/workers/lease-lines.slow.test.ts',
    'test/api/workers/long-queues.slow.test.ts',
    'test/api/workers/limits.slow.test.ts',
    'test/api/workers/priorities.slow.test.ts',
    'test/api/workers/retry-policy.slow.test.ts',
    'test/api/workers/expiry.slow.test.ts',
    'test/api/workers/job-labels.slow.test.ts',
  ],
  'src/reading': [
    'test/api/reading',
    'test/api/reading/read-graph.slow.test.ts',
    'test/api/reading/read-lists.slow.test.ts',
    'test/api/reading/look-ups.slow.test.ts',
  ],
  'src/manifest': [
    'test/api/manifests',
    'test/api/projects',
    'test/domain/definitions',
    'test/manifest/yaml.slow.test.ts',
  ],
  'src/worker': [
    'test/api/worker',
    'test/api/worker/failures.slow.test.ts',
    'test/api/worker/who-is-first.slow.test.ts',
    'test/api/runs',
    'test/api/worker/whole-writes.slow.test.ts',
    'test/api/worker/look-and-wait.slow.test.ts',
  ],
};

/**
 * The tests that should notice a change of a file: those below the folder of the same name, or the nearest above it,
 * those of the API with that name, and those of `others`.
 */
export function fittingTests(file: string): string[] {
  const folder = dirname(file);
  const named = Object.entries(others).find(([path]) => `${folder}/`.startsWith(`${path}/`))?.[1] ?? [];
  return [...new Set([nearest(folder), ...ofApi(folder), ...named])];
}

/** The tests of the API of what a folder of the program is for, or of the nearest above it. */
function ofApi(folder: string): string[] {
  const [, layer = '', ...path] = folder.split('/');
  if (path.length === 0) path.push(layer);
  const places = path.map((_part, i) => `test/api/${path.slice(0, path.length - i).join('/')}`);
  return places.filter(isFolder).slice(0, 1);
}

/** The folder of the tests of a file or a folder: that of the same name, or the nearest above it. */
export function nearest(path: string): string {
  const tests = path.replace(/^src\b/, 'test');
  return isFolder(tests) ? tests : nearest(dirname(path));
}

export function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
