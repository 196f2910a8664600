import { createHash } from 'node:crypto';
import { byThread } from '../../../lib/event-loop/threads.ts';
import { isLargeManifest, manifestIn, type ReadManifest } from '../../mirror/read-manifests.ts';

/** A digest of all that decides what an installation of a project's plugins makes. */
export function pluginsDigest({ json }: ReadManifest): Promise<string> {
  return digestOf(json);
}

const digestOf = byThread(
  'pluginsDigest',
  (json: string): string => {
    const { plugins } = manifestIn({ json });
    const decisive = plugins.map((plugin) => {
      const { type, name, inheritFrom, variant, pipUrl, python, namespace } = plugin;
      return [type, name, inheritFrom, variant, pipUrl, python, namespace].map(String).join('\n');
    });
    return createHash('sha256').update(JSON.stringify(decisive.toSorted())).digest('hex').slice(0, 24);
  },
  { isLarge: (json) => isLargeManifest('', json) },
);
