import { base64url } from './base64url.ts';

/** The kinds of object that have a global id. */
export const nodeTypes = [
  'Project',
  'Environment',
  'Plugin',
  'Job',
  'Schedule',
  'Service',
  'Run',
  'RunBlock',
  'State',
  'StateVersion',
  'BulkOperation',
] as const;
export type NodeType = (typeof nodeTypes)[number];

export interface GlobalId {
  type: NodeType;
  /** UUID in the store. */
  id: string;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The opaque id of an object: it stays the same when the object is moved or renamed. */
export function encodeGlobalId({ type, id }: GlobalId): string {
  return base64url(`${type}:${id}`);
}

/** The object that an opaque id names; null when the text is no such id. */
export function decodeGlobalId(text: string): GlobalId | null {
  const [type = '', id = ''] = Buffer.from(text, 'base64url').toString('utf8').split(':');
  if (!(nodeTypes as readonly string[]).includes(type) || !uuid.test(id)) return null;
  const decoded = { type: type as NodeType, id };
  // Decoding passes over signs that do not belong there; one object has one id.
  return encodeGlobalId(decoded) === text ? decoded : null;
}
