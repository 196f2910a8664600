import { NotFound } from '../../errors.ts';
import { isPostgresText } from '../../lib/postgres-text.ts';
import type { NamedTable } from '../../store/naming/former-names.ts';
import { decodeGlobalId, type NodeType } from './global-id.ts';
import { quoted } from '../../lib/quoted.ts';

/** How callers name an object: by its opaque id or by its path. */
export type Reference = { id: string } | { names: string[] };

/** The parts of a path. The last one takes all further slashes. */
const shapes = {
  Project: ['project'],
  Environment: ['project', 'environment'],
  Plugin: ['project', '<type>/plugin'],
  Job: ['project', 'environment', 'job'],
  Schedule: ['project', 'environment', 'schedule'],
  Service: ['project', 'environment', 'service'],
  State: ['project', 'environment', '<state id>'],
  Run: [],
  BulkOperation: [],
  Worker: [],
  Webhook: ['project', 'webhook'],
  WebhookDelivery: [],
} satisfies Partial<Record<NodeType, string[]>>;

type Named = keyof typeof shapes;

/** The form of the paths of a type; empty when its objects have no path. */
export function formOfPath(type: Named): string {
  return shapes[type].join('/');
}

/**
 * Reads a reference. Only the first slashes of a path separate its parts: the last part may contain slashes.
 *
 * @param at where the reference is in the arguments, for the refusal
 * @throws NotFound when it is neither an id of such an object nor of the form of its paths
 */
export function parseReference(type: Named, text: string, at: readonly string[]): Reference {
  const globalId = decodeGlobalId(text);
  if (globalId?.type === type) return { id: globalId.id };
  const shape: readonly string[] = shapes[type];
  const parts = text.split('/');
  const names = [...parts.slice(0, shape.length - 1), parts.slice(shape.length - 1).join('/')];
  if (
    globalId ||
    shape.length === 0 ||
    parts.length < shape.length ||
    names.includes('') ||
    !isPostgresText(text)
  ) {
    const form = shape.length > 0 ? ` or a path of the form ${formOfPath(type)}` : '';
    throw new NotFound(
      globalId
        ? `${quoted(text)} is the id of ${article(globalId.type)}; give the id of ${article(type)}${form}.`
        : `${quoted(text)} is not the id of ${article(type)}${form}.`,
      at,
    );
  }
  return { names };
}

/** How messages and descriptions call an object of a type. */
export function nounOf(type: NamedTable | 'Run' | 'Webhook'): string {
  return type.toLowerCase();
}

function article(type: NodeType): string {
  return `${/^[AEIOU]/.test(type) ? 'an' : 'a'} ${type}`;
}

/** Reads an id where a path is not possible: the object has none, or it was deleted. @throws NotFound */
export function parseId(type: Named, text: string, at: readonly string[]): string {
  const globalId = decodeGlobalId(text);
  if (globalId?.type === type) return globalId.id;
  const what = globalId ? `is the id of ${article(globalId.type)}` : 'is no id';
  throw new NotFound(`${quoted(text)} ${what}; give the id of ${article(type)}.`, at);
}

/** Returns the row. @throws NotFound when it is null */
export function found<T>(row: T | null, type: Named, text: string, at: readonly string[]): T {
  if (row === null) throw new NotFound(`There is no ${type} ${quoted(text)}.`, at);
  return row;
}
