import { badRequest, type Refusal } from './refusal.ts';

/** What a GET request asks GraphQL for. */
export type GetParams = Partial<Record<(typeof texts)[number] | (typeof objects)[number], unknown>>;

const texts = ['query', 'operationName', 'documentId'] as const;
const objects = ['variables', 'extensions'] as const;

/** Reads the query of a GET request. Parameters that GraphQL does not know, or that are empty, are left out. */
export function readGetParams(query: string): { params: GetParams } | Refusal {
  if (!isEncoded(query)) return badRequest('The query of the address is not encoded correctly.');
  const given = new URLSearchParams(query);
  const params: GetParams = {};
  for (const name of [...texts, ...objects]) {
    const values = given.getAll(name);
    if (values.length > 1) return badRequest(`Send "${name}" once.`);
    if (values[0]) params[name] = values[0];
  }
  for (const name of objects) {
    const text = params[name];
    if (text === undefined) continue;
    const value = objectOf(text as string);
    if (value === undefined) return badRequest(`"${name}" is no JSON object.`);
    params[name] = value;
  }
  return { params };
}

/** Whether each `%` begins two digits, and all of them are UTF-8. */
function isEncoded(query: string): boolean {
  try {
    decodeURIComponent(query);
    return true;
  } catch {
    return false;
  }
}

/** An object or null, as in the JSON of a POST; undefined for anything else. */
function objectOf(text: string): object | null | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
