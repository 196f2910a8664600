import { isObject } from '../../lib/is-object.ts';
import { passwordsIn, secretsIn, variablesOfSecret } from './redact.ts';
import { canBeSecret, looksSensitive, replaceVariables, variablesIn } from './what-is-secret.ts';

/** How many variables may stand for each other before a value. */
const mostReferences = 3;

/** Collects values that are secrets, and what they are made of. */
export class SecretValues {
  private readonly found = new Set<string>();
  private readonly variables = new Map<string, string[]>();

  /** @param variables all that are set anywhere, the first place that counts first */
  constructor(variables: readonly (readonly [name: string, value: string, ...unknown[]])[]) {
    for (const [name, value] of variables) {
      const values = this.variables.get(name);
      if (values) values.push(value);
      else this.variables.set(name, [value]);
    }
  }

  /** Adds a value of a file, in which Meltano replaces variables. */
  add(value: unknown): void {
    if (Array.isArray(value)) value.forEach((item) => this.add(item));
    else if (isObject(value)) Object.values(value).forEach((item) => this.add(item));
    else if (typeof value === 'string') this.addText(value);
    else if (typeof value === 'number') this.found.add(String(value));
  }

  /** Adds a value that Meltano takes as it is. Meltano reads settings that are lists or objects as JSON. */
  addLiteral(text: string, references = mostReferences): void {
    // python-dotenv replaces variables in braces, and in what these stand for.
    if (references > 0 && text.includes('${')) this.addLiteral(this.expanded(text), references - 1);
    if (!canBeSecret(text, { isExpanded: false })) return;
    this.found.add(text);
    const [, token] = /^(?:bearer|basic|token)\s+(\S+)$/i.exec(text) ?? [];
    if (token !== undefined) this.found.add(token);
    for (const part of partsOf(text)) this.found.add(part);
  }

  /** Adds the passwords in the addresses of all texts of a value. */
  addLogins(value: unknown): void {
    if (typeof value === 'string') passwordsIn(value).forEach((one) => this.addPassword(one));
    else if (typeof value === 'object' && value !== null)
      Object.values(value).forEach((item) => this.addLogins(item));
  }

  /** Everything that was added. */
  all(): string[] {
    return [...this.found];
  }

  private addText(text: string): void {
    if (canBeSecret(text)) this.addLiteral(this.expanded(text));
    passwordsIn(text).forEach((one) => this.addPassword(one));
    for (const name of variablesOfSecret(text)) this.addVariable(name);
  }

  private addPassword(password: string): void {
    for (const name of variablesIn(password)) this.addVariable(name);
    const text = this.expanded(password);
    this.found.add(text).add(unescaped(text));
  }

  private addVariable(name: string): void {
    this.variables.get(name)?.forEach((value) => this.addLiteral(value));
  }

  private expanded(text: string): string {
    return replaceVariables(text, (name) => this.variables.get(name)?.[0] ?? '');
  }
}

/** The texts in a list, and the secrets in an object, that are written as JSON. */
function partsOf(text: string): string[] {
  if (!/^\s*[[{]/.test(text)) return [];
  try {
    const value: unknown = JSON.parse(text);
    const secrets = Array.isArray(value) ? value : secretsIn(value, looksSensitive);
    return secrets.flatMap(leaves).filter((leaf) => canBeSecret(leaf));
  } catch {
    return [];
  }
}

function leaves(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return [String(value)];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : [];
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
