import type { OrderColumn } from '../../reading/sources.ts';

const id: OrderColumn = { name: 'id', type: 'uuid' };

/** The orders of connections. The last column makes each order unique. */
export const orders = {
  created: [id],
  name: [{ name: 'name', type: 'text' }, id],
  stateId: [{ name: 'stateId', type: 'text' }, id],
  started: [{ name: 'startedAt', type: 'timestamptz' }, id],
  ended: [{ name: 'endedAt', type: 'timestamptz' }, id],
  duration: [{ name: 'durationMs', type: 'int' }, id],
  updated: [{ name: 'updatedAt', type: 'timestamptz' }, id],
  key: [{ name: 'key', type: 'text' }],
  path: [{ name: 'path', type: 'text' }],
  directory: [
    { name: 'directory', type: 'text' },
    { name: 'projectId', type: 'uuid' },
  ],
  position: [{ name: 'position', type: 'int' }],
  stream: [{ name: 'name', type: 'text' }],
  due: [{ name: 'dueAt', type: 'timestamptz' }],
  nextTick: [{ name: 'nextTickAt', type: 'timestamptz' }, id],
  sequence: [{ name: 'sequence', type: 'int' }],
  version: [{ name: 'version', type: 'int' }],
  metric: [
    { name: 'plugin', type: 'text' },
    { name: 'stream', type: 'text' },
    { name: 'name', type: 'text' },
  ],
} satisfies Record<string, OrderColumn[]>;
