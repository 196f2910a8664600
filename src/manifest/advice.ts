import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import type { Finding } from './manifest.ts';
import { isMapping } from './mappings.ts';
import { inFileOrder, locate, newReading, type Reading } from './reading.ts';
import { parseYaml } from './yaml-text.ts';

/** Says what Meltano's JSON schema has against a `meltano.yml` that loads: at most 100 findings, by their lines. */
export type Adviser = (text: string) => Promise<Finding[]>;

const file = 'meltano.yml';
const maxFindings = 100;

/**
 * Makes an adviser of a schema. What the schema rejects although Meltano's loader takes it as it is meant is no
 * finding. Messages name keys, never values.
 *
 * @param schema null when there is none: then that is the finding
 */
export function adviser(schema: object | null): Adviser {
  let compiled: Promise<ValidateFunction | null> | null = null;
  return async (text) => {
    const validate = schema && (await (compiled ??= compile(schema)));
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
  };
}

/** Null for what is no schema. */
async function compile(schema: object): Promise<ValidateFunction | null> {
  // Imported late: most starts do not need it.
  const { Ajv2020 } = await import('ajv/dist/2020.js');
  try {
    return new Ajv2020({ allErrors: true, strict: false, validateFormats: false }).compile(schema);
  } catch {
    return null;
  }
}

/** Where schema and loader differ; the loader is right. */
function isKnownDisagreement({ keyword, instancePath, params }: ErrorObject): boolean {
  if (/^\/schedules\/\d+\/interval$/.test(instancePath)) return true;
  const key: unknown = params.additionalProperty ?? params.unevaluatedProperty;
  if (keyword !== 'additionalProperties' && keyword !== 'unevaluatedProperties') return false;
  return (
    (instancePath === '' && key === 'disable_tracking') ||
    (/^\/environments\/\d+$/.test(instancePath) && key === 'state_id_suffix') ||
    // The loader keeps any other key of a plugin as a setting of its own.
    /^(?:\/environments\/\d+\/config)?\/plugins\/\w+\/\d+$/.test(instancePath)
  );
}

/**
 * Of what has several forms, and is in none of them, the errors that say something: those that lie deeper, or else
 * that it is in none.
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
    place.push(isItem && isMapping(value) && typeof value.name === 'string' ? value.name : key);
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
