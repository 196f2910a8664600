import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import type { Finding } from './manifest.ts';
import { isObject } from '../lib/is-object.ts';
import { inFileOrder, locate, newReading, type Reading } from './reading.ts';
import { parseYaml } from './yaml/yaml-text.ts';

const file = 'meltano.yml';
const maxFindings = 100;

/**
 * Lists what Meltano's JSON schema rejects in a `meltano.yml` that loads: at most 100 findings, ordered by
 * line. It reports nothing that Meltano's loader is known to accept and to read as intended. Messages name keys,
 * never values.
 *
 * @param schema its text; null when there is none, which is then the only finding
 */
export async function adviceOn(text: string, schema: string | null): Promise<Finding[]> {
  const validate = schema === null ? null : await compiled(schema);
  if (!validate) {
    const message =
      "Meltano's JSON schema was not found beside its executable, so there is no advice from it.";
    return [{ file, line: 1, message }];
  }
  const reading = newReading();
  const manifest = parseYaml(reading, file, text);
  validate(manifest);
  const errors = tellingOf((validate.errors ?? []).filter((error) => !isKnownDisagreement(error)));
  const findings = errors.map((error) => findingOf(reading, manifest, error));
  return inFileOrder(findings, [file]).slice(0, maxFindings);
}

/** The last schema that was compiled: a gateway has one. */
let last: { schema: string; validate: Promise<ValidateFunction | null> } | null = null;

function compiled(schema: string): Promise<ValidateFunction | null> {
  if (last?.schema !== schema) last = { schema, validate: compile(schema) };
  return last.validate;
}

/** Null when the schema is not valid. */
async function compile(schema: string): Promise<ValidateFunction | null> {
  // Imported only when needed: most starts do not need it.
  const { Ajv2020 } = await import('ajv/dist/2020.js');
  try {
    const ajv = new Ajv2020({ allErrors: true, strict: false, validateFormats: false });
    return ajv.compile(JSON.parse(schema) as object);
  } catch {
    return null;
  }
}

/** Whether schema and loader are known to differ here. The loader is right. */
function isKnownDisagreement({ keyword, instancePath, params }: ErrorObject): boolean {
  if (/^\/schedules\/\d+\/interval$/.test(instancePath)) return true;
  const key: unknown = params.additionalProperty ?? params.unevaluatedProperty;
  if (keyword !== 'additionalProperties' && keyword !== 'unevaluatedProperties') return false;
  return (
    (instancePath === '' && key === 'disable_tracking') ||
    (/^\/environments\/\d+$/.test(instancePath) && key === 'state_id_suffix') ||
    // The loader keeps any other key of a plugin as one of the plugin's own settings.
    /^(?:\/environments\/\d+\/config)?\/plugins\/\w+\/\d+$/.test(instancePath)
  );
}

/**
 * The errors that help a reader. When a value fits none of several forms, these are the errors that lie
 * deeper; when there are none, the error that says it fits no form.
 */
function tellingOf(errors: readonly ErrorObject[]): ErrorObject[] {
  const isChoice = ({ keyword }: ErrorObject): boolean => keyword === 'oneOf' || keyword === 'anyOf';
  const choices = new Set(errors.filter(isChoice).map(({ instancePath }) => instancePath));
  const above = new Set(errors.flatMap(({ instancePath }) => parentsOf(instancePath)));
  return errors.filter((error) =>
    isChoice(error) ? !above.has(error.instancePath) : !choices.has(error.instancePath),
  );
}

function parentsOf(pointer: string): string[] {
  const parts = pointer.split('/');
  return parts.slice(1).map((_part, i) => parts.slice(0, i + 1).join('/'));
}

function findingOf(reading: Reading, manifest: unknown, error: ErrorObject): Finding {
  const { instancePath, params } = error;
  const keys = instancePath
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const unknown: unknown = params.additionalProperty ?? params.unevaluatedProperty;
  if (typeof unknown === 'string') keys.push(unknown);
  const place: string[] = [];
  let at = locate(reading, manifest as object);
  let value = manifest;
  for (const key of keys) {
    at = locate(reading, value as object, key);
    const isItem = Array.isArray(value);
    value = Reflect.get(value as object, key);
    place.push(isItem && isObject(value) && typeof value.name === 'string' ? value.name : key);
  }
  const where = place.length === 0 ? 'the file' : `\`${place.join('.')}\``;
  return { ...at, message: `By Meltano's JSON schema, ${where} ${complaintOf(error)}.` };
}

function complaintOf({ keyword, params, message = 'is wrong' }: ErrorObject): string {
  switch (keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return 'is not known there';
    case 'required':
      return `lacks \`${String(params.missingProperty)}\``;
    case 'oneOf':
    case 'anyOf':
      return 'has none of the forms that it can have';
    case 'enum':
      return `is none of ${(params.allowedValues as unknown[]).join(', ')}`;
    default:
      return message;
  }
}
