import { mergedTexts } from '../../domain/states/documents/state-documents.ts';
import {
  differencesOf,
  diffLimits,
  type DocumentChange,
  type DocumentDiff,
} from '../../domain/states/documents/state-diff.ts';
import type { VersionKey } from '../../store/states/state-texts.ts';
import { JsonText } from '../../lib/event-loop/json-text.ts';
import { BadRequest } from '../../reading/fields/bad-request.ts';
import { builder } from '../builder.ts';
import { needs } from '../../reading/selection.ts';
import { shown } from '../maxima/maxima.ts';
import { perRequest } from '../per-request.ts';
import { StateDocument } from './state-document.ts';
import { StateVersion } from './state.ts';

/** The highest number of characters that one request compares. */
const maxCharacters = 20_000_000;

const DiffKind = builder.enumType('StateDiffKind', {
  description: 'How a value differs between two versions of a state.',
  values: {
    ADDED: { description: 'Only the newer version has it.' },
    REMOVED: { description: 'Only the older version has it.' },
    CHANGED: { description: 'The two versions have different values.' },
  } as const,
});

const StateDiffChange = builder.objectRef<DocumentChange>('StateDiffChange').implement({
  description: 'One difference between two versions of a state.',
  fields: (t) => ({
    path: t.exposeString('path', {
      description:
        'The value that differs, as a JSON pointer (RFC 6901), such as `/singer_state/bookmarks/orders`.',
    }),
    kind: t.expose('kind', { type: DiffKind, description: 'How it differs.' }),
    before: t.field({
      type: StateDocument,
      nullable: true,
      description: 'The value before. Null when there was none, and when it is left out.',
      resolve: ({ before }) => (before === null ? null : new JsonText(before)),
    }),
    after: t.field({
      type: StateDocument,
      nullable: true,
      description: 'The value after. Null when there is none, and when it is left out.',
      resolve: ({ after }) => (after === null ? null : new JsonText(after)),
    }),
  }),
});

const StateDiff = builder.objectRef<DocumentDiff>('StateDiff').implement({
  description: 'The differences between the merged documents of two versions of a state.',
  fields: (t) => ({
    changes: t.field({
      type: [StateDiffChange],
      description: `The differences, in the order of the documents, at most ${shown(diffLimits.changes)}. Objects are compared key by key, and lists position by position. A value that only one version has is shown as a whole.`,
      resolve: ({ changes }) => changes,
    }),
    isTruncated: t.exposeBoolean('isTruncated', {
      description: `Whether something is left out: differences after the first ${shown(diffLimits.changes)}, or values after the first ${shown(diffLimits.characters)} characters of values.`,
    }),
  }),
});

/** Reads the merged documents of versions as JSON text; null for a version that does not exist. */
const mergedText = perRequest<VersionKey, string | null>(
  async (context, keys) => {
    const found = await context.store.stateTexts.ofVersions(keys, maxCharacters);
    const texts = new Map(found.map((version) => [nameOf(version), version]));
    return Promise.all(
      keys.map(async (key) => {
        const text = texts.get(nameOf(key));
        if (!text) return null;
        return text.completed === null || text.partial === null
          ? new BadRequest(
              `The documents to compare have more than ${maxCharacters} characters altogether; ask for fewer versions.`,
              'TOO_MANY',
            )
          : mergedTexts(text.completed, text.partial);
      }),
    );
  },
  (key) => nameOf(key),
);

function nameOf({ stateRowId, version }: VersionKey): string {
  return `${stateRowId} ${version}`;
}

builder.objectField(StateVersion, 'diff', (t) =>
  t.field({
    type: StateDiff,
    nullable: true,
    description: `What this version changed: the differences from the merged document of another version to the merged document of this one. Null when the other version does not exist. One request compares at most ${shown(maxCharacters)} characters of documents. Beyond that, the answer is null with an error of the code \`TOO_MANY\`.`,
    args: {
      against: t.arg.int({
        description:
          'Number of the version to compare with. The version before this one when absent. 0 stands for an empty document; version 1 is compared with it by default.',
      }),
    },
    ...needs('stateRowId', 'version'),
    resolve: async ({ stateRowId, version }, { against }, context) => {
      const other = against ?? version - 1;
      const [before, after] = await Promise.all([
        other === 0 ? '{}' : mergedText(context, { stateRowId, version: other }),
        mergedText(context, { stateRowId, version }),
      ]);
      return before === null || after === null ? null : differencesOf(before, after);
    },
  }),
);
