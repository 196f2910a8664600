import { readFile } from 'node:fs/promises';
import { ConfigError } from './arguments.ts';

/** Where the token comes from. */
export type TokenSource = { token: string } | { file: string };

/** A token of fewer characters could be guessed. */
const minLength = 32;

/** Longer ones might not fit into a request. */
const maxLength = 1024;

/** Reads the token that clients must send. @throws ConfigError, which never repeats what was given as a token */
export async function readApiToken(source: TokenSource): Promise<string> {
  const [name, text] =
    'token' in source
      ? ['API_TOKEN', source.token]
      : [`The file ${source.file} of --api-token-file`, await textOf(source.file)];
  const token = text.replace(/\r?\n$/, '');
  if (token === '') throw new ConfigError(`${name} is empty; ${advice}`);
  // The characters that a bearer token may have (RFC 6750).
  if (!/^[\w.~+/-]+=*$/.test(token)) {
    throw new ConfigError(
      `${name} may hold letters, digits and -._~+/ in one line, and = at its end; ${advice}`,
    );
  }
  if (token.length < minLength || token.length > maxLength) {
    throw new ConfigError(
      `${name} must have from ${minLength} to ${maxLength} characters, and has ${token.length}; ${advice}`,
    );
  }
  return token;
}

const advice = 'make one with: openssl rand -hex 32';

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(
      `The file ${file} of --api-token-file cannot be read${code === undefined ? '' : ` (${code})`}.`,
    );
  }
}
