import { needs } from '../../reading/selection.ts';
import type { RunProgress, StreamProgress } from '../../store/runs/run-progress.ts';
import { builder } from '../builder.ts';
import { findById } from '../find-row.ts';
import { perRequest } from '../per-request.ts';
import { Run } from './run.ts';
import { RunBlock } from './run-detail.ts';

const StreamProgressType = builder.objectRef<StreamProgress>('StreamProgress').implement({
  description: 'How many records of a stream a run has moved so far.',
  fields: (t) => ({
    stream: t.exposeString('stream', { description: 'Name of the stream.' }),
    extractedRecords: t.exposeFloat('extracted', {
      nullable: true,
      description: 'Records that extractors have reported. Null when none has reported any.',
    }),
    loadedRecords: t.exposeFloat('loaded', {
      nullable: true,
      description: 'Records that loaders have reported. Null when none has reported any; not all loaders do.',
    }),
  }),
});

const RunProgressType = builder.objectRef<RunProgress>('RunProgress').implement({
  description:
    'How far a run is. It is computed from what the run has reported up to now; read it again to follow it.',
  fields: (t) => ({
    elapsedSeconds: t.exposeFloat('elapsedSeconds', {
      description: 'Time since its start, up to now or up to its end.',
    }),
    blockCount: t.exposeInt('blockCount', {
      description: 'Number of its blocks. 0 for a run that has none, such as an installation.',
    }),
    succeededBlockCount: t.exposeInt('succeededBlockCount', {
      description: 'Number of the blocks that have succeeded.',
    }),
    blockNumber: t.exposeInt('blockNumber', {
      nullable: true,
      description:
        'Number of the block that began last, from 1: block `blockNumber` of `blockCount`. Null before the first has begun.',
    }),
    block: t.field({
      type: RunBlock,
      nullable: true,
      description: 'The block that began last. Null before the first has begun.',
      resolve: ({ blockId }, _args, context, info) =>
        blockId === null ? null : findById(context, info, 'RunBlock', blockId),
    }),
    streamCount: t.exposeInt('streamCount', { description: 'Number of streams with reported records.' }),
    streams: t.field({
      type: [StreamProgressType],
      description:
        'The streams with reported records, those with the most records first. At most 100; `Run.metrics` lists all.',
      extensions: { most: 100 },
      resolve: ({ streams }) => streams,
    }),
    extractedRecords: t.exposeFloat('extracted', {
      nullable: true,
      description: 'Records of all streams that extractors have reported. Null when none has reported any.',
    }),
    loadedRecords: t.exposeFloat('loaded', {
      nullable: true,
      description: 'Records of all streams that loaders have reported. Null when none has reported any.',
    }),
    recordsPerSecond: t.exposeFloat('recordsPerSecond', {
      nullable: true,
      description:
        'Extracted records per second of the time that extract-load blocks have taken so far. Loaded records where no extractor has reported any. Null when nothing was reported.',
    }),
    expectedSeconds: t.exposeFloat('expectedSeconds', {
      nullable: true,
      description: `How long such a run usually takes: the median of the last 10 successful runs of its job with the same command and the same \`fullRefresh\`. Null when there is none among the newest successful runs, and for a run that has ended.`,
    }),
    remainingSeconds: t.exposeFloat('remainingSeconds', {
      nullable: true,
      description:
        'Estimate of the time until its end: the median of those runs that took longer than this one has taken up to now. Null when there is none, since it then takes longer than usual. 0 for a run that has ended.',
    }),
  }),
});

/** The progress of all runs of an answer, in one statement. */
const progressOf = perRequest<string, RunProgress | null>(
  async ({ store }, ids) => {
    const found = new Map((await store.runProgress.of(ids)).map((progress) => [progress.id, progress]));
    return ids.map((id) => found.get(id) ?? null);
  },
  (id) => id,
);

builder.prismaObjectField(Run, 'progress', (t) =>
  t.field({
    type: RunProgressType,
    nullable: true,
    description:
      'How far the run is: its blocks, the records of its streams, its rate, and an estimate of what remains. Null for a run that has not started.',
    ...needs('id', 'startedAt'),
    resolve: ({ id, startedAt }, _args, context) => (startedAt === null ? null : progressOf(context, id)),
  }),
);
