import { base64url } from '../../lib/base64url.ts';
import { isUuid } from '../../lib/uuid.ts';

/** The types of objects that have a global id. */
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
  'Worker',
  'Webhook',
  'WebhookDelivery',
] as const;
export type NodeType = (typeof nodeTypes)[number];

export interface GlobalId {
  type: NodeType;
  /** UUID in the store. */
  id: string;
}

/** The opaque id of an object. It stays the same when the object is moved or renamed. */
export function encodeGlobalId({ type, id }: GlobalId): string {
  return base64url(`${type}:${id}`);
}

/** The type and the UUID in an opaque id; null when the text is not a valid id. */
export function decodeGlobalId(text: string): GlobalId | null {
  const [type = '', id = ''] = Buffer.from(text, 'base64url').toString('utf8').split(':');
  if (!(nodeTypes as readonly string[]).includes(type) || !isUuid(id)) return null;
  const decoded = { type: type as NodeType, id };
  // Decoding ignores characters that are not base64url, but each object must have only one id.
  return encodeGlobalId(decoded) === text ? decoded : null;
}
