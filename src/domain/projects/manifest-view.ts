import { byThread } from '../../lib/event-loop/threads.ts';
import { adviceOn } from '../../manifest/advice.ts';
import { openDocument } from '../../manifest/yaml/document.ts';
import { editedText, textOfDocument } from '../../manifest/yaml/document-text.ts';
import { movedLines } from '../../manifest/yaml/splice/source-text.ts';
import { ManifestError, type Finding } from '../../manifest/manifest.ts';
import { plainManifest, readManifest } from '../../manifest/read-manifest.ts';
import type { Project } from '../../store/index.ts';
import { foldManifest, storedManifest } from '../mirror/fold-manifest.ts';
import { findingsIn } from '../mirror/project-findings.ts';
import { readSource } from '../mirror/project-source.ts';
import { isLargeManifest } from '../mirror/read-manifests.ts';
import { redactManifest } from '../secrets/redact-manifest.ts';
import type { Gateway } from '../gateway.ts';

/** A finding and its severity. */
export type ManifestFinding = Finding & { severity: 'ERROR' | 'WARNING' | 'ADVICE' };

/**
 * A project's `meltano.yml` for readers: with all changes that were made through the API, and without
 * secrets.
 */
export interface ManifestView {
  /** Null when the files cannot be read. */
  text: string | null;
  /** The same as JSON text. */
  json: string | null;
  findings: ManifestFinding[];
}

/** Reads the manifests of some projects, in two statements. */
export async function manifestViews(
  { db, manifestSchema }: Gateway,
  projects: readonly Project[],
): Promise<Map<string, ManifestView>> {
  const ids = projects.map(({ id }) => id);
  const stored = await db.mirror.stored(ids);
  const texts = await db.projects.manifestTexts(ids);
  const views = projects.map(async ({ id, directory }): Promise<[string, ManifestView]> => {
    const rows = stored.get(id) ?? '';
    return [id, await viewOf({ directory, own: texts.get(id), stored: rows }, manifestSchema)];
  });
  return new Map(await Promise.all(views));
}

/** What a manifest is made of: the project's files or its own text, and its rows as `tx.mirror.stored` reads them. */
interface ManifestParts {
  directory: string;
  own: string | undefined;
  stored: string;
}

/** @param schema the text of Meltano's JSON schema; null when there is none */
const viewOf = byThread(
  'manifestView',
  async ({ directory, own, stored }: ManifestParts, schema: string | null): Promise<ManifestView> => {
    try {
      const { manifest, document } = await readSource(directory, own);
      const leftOut = foldManifest(document, manifest, storedManifest(stored));
      const whole = textOfDocument(document);
      const folded = await readManifest(directory, whole);
      const shown = openDocument(whole);
      redactManifest(shown, folded);
      const { text, edits } = editedText(shown);
      const lineIn = edits === null ? (line: number) => line : movedLines(whole, edits);
      return {
        text,
        json: JSON.stringify(plainManifest(text)),
        findings: [
          ...leftOut.map((message) => ({
            severity: 'ERROR' as const,
            file: 'meltano.yml',
            line: 1,
            message,
          })),
          ...findingsIn(folded).map(({ line, ...warning }) => ({
            severity: 'WARNING' as const,
            line: lineIn(line),
            ...warning,
          })),
          ...(await adviceOn(text, schema)).map((advice) => ({ severity: 'ADVICE' as const, ...advice })),
        ],
      };
    } catch (error) {
      if (!(error instanceof ManifestError)) throw error;
      return unreadable(error.findings);
    }
  },
  { isLarge: ({ own, stored }) => isLargeManifest(own, stored) },
);

export function unreadable(findings: readonly Finding[]): ManifestView {
  return { text: null, json: null, findings: findings.map((one) => ({ severity: 'ERROR', ...one })) };
}
