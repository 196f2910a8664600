import { mergeTexts } from '../domain/state-documents.ts';
import { diffDocuments, diffLimits, type DocumentChange, type DocumentDiff } from '../domain/state-diff.ts';
import type { VersionKey } from '../store/state-text.ts';
import { BadRequest } from './bad-request.ts';
import { builder } from './builder.ts';
import { needs } from './columns.ts';
import { perRequest } from './per-request.ts';
import { StateVersion } from './state.ts';

/** How many characters of documents are compared in one request. */
const maxCharacters = 20_000_000;

const DiffKind = builder.enumType('StateDiffKind', {
  description: 'What became of a value between two versions of a state.',
  values: {
    ADDED: { description: 'It is in the newer documents alone.' },
    REMOVED: { description: 'It is in the older documents alone.' },
    CHANGED: { description: 'It is another one.' },
  } as const,
});

const StateDiffChange = builder.objectRef<DocumentChange>('StateDiffChange').implement({
  description: 'One difference between two versions of a state.',
  fields: (t) => ({
    path: t.exposeString('path', {
      description: 'Where the value is: a JSON pointer (RFC 6901), such as `/singer_state/bookmarks/orders`.',
    }),
    kind: t.expose('kind', { type: DiffKind, description: 'What became of it.' }),
    before: t.field({
      type: 'JSON',
      nullable: true,
      description:
        'The value before; null when it was not there or is left out. Numbers that JSON readers round are exact in `beforeText`.',
      resolve: ({ before }) => valueOf(before),
    }),
    after: t.field({
      type: 'JSON',
      nullable: true,
      description:
        'The value after; null when it is no longer there or is left out. Numbers that JSON readers round are exact in `afterText`.',
      resolve: ({ after }) => valueOf(after),
    }),
    beforeText: t.exposeString('before', {
      nullable: true,
      description: 'The value before as JSON text, every digit of its numbers kept; null like `before`.',
    }),
    afterText: t.exposeString('after', {
      nullable: true,
      description: 'The value after as JSON text, every digit of its numbers kept; null like `after`.',
    }),
  }),
});

function valueOf(text: string | null): unknown {
  return text === null ? null : JSON.parse(text);
}

const StateDiff = builder.objectRef<DocumentDiff>('StateDiff').implement({
  description: 'What is different between the merged documents of two versions of a state.',
  fields: (t) => ({
    changes: t.field({
      type: [StateDiffChange],
      description: `The differences, in the order of the documents: objects are compared key by key, lists place by place, and what only one of them has is told as a whole. At most ${diffLimits.changes}.`,
      resolve: ({ changes }) => changes,
    }),
    isTruncated: t.exposeBoolean('isTruncated', {
      description: `Whether something is missing here: changes after the first ${diffLimits.changes}, or values after the first ${diffLimits.characters} characters of them.`,
    }),
  }),
});

/** The merged documents of versions, as JSON text; null for a version that there is not. */
const mergedText = perRequest<VersionKey, string | null>(
  async (context, keys) => {
    const found = await context.services.store.versionTexts(keys, maxCharacters);
    const texts = new Map(found.map((version) => [nameOf(version), version]));
    return keys.map((key) => {
      const text = texts.get(nameOf(key));
      if (!text) return null;
      return text.completed === null || text.partial === null
        ? new BadRequest(
            `The documents to compare have more than ${maxCharacters} characters altogether; ask for fewer versions.`,
            'TOO_MANY',
          )
        : mergeTexts(text.completed, text.partial);
    });
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
    description: `What this version has changed: the differences between the merged documents of another version of the state and its own. Null when there is no such version. In one request at most ${maxCharacters} characters of documents are compared; over that the answer is null with an error of the code \`TOO_MANY\`.`,
    args: {
      against: t.arg.int({
        description:
          'Number of the version to compare with; the one before when absent. 0 stands for an empty document, which is what version 1 is compared with.',
      }),
    },
    ...needs('stateRowId', 'version'),
    resolve: async ({ stateRowId, version }, { against }, context) => {
      const other = against ?? version - 1;
      const [before, after] = await Promise.all([
        other === 0 ? '{}' : mergedText(context, { stateRowId, version: other }),
        mergedText(context, { stateRowId, version }),
      ]);
      return before === null || after === null ? null : diffDocuments(before, after);
    },
  }),
);
