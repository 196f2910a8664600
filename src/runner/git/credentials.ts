import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../environment.ts';
import { isCredentialReference } from './references.ts';
import { GitFailed, type GitAccess } from './run-git.ts';

/** The folder of a data directory in which files with credentials are. */
export const credentialsFolder = 'credentials';

/** The largest file with a credential, in bytes. */
const largest = 20_000;

/** Where secrets of repositories are. */
export interface CredentialPlace {
  env: Environment;
  dataDirectory: string;
}

/** The text that a reference stands for. @throws GitFailed when it is not there */
export async function readCredential(
  reference: string,
  { env, dataDirectory }: CredentialPlace,
): Promise<string> {
  const name = reference.slice(reference.indexOf(':') + 1);
  if (!isCredentialReference(reference)) throw new GitFailed(`${reference} is no reference to a credential`);
  if (reference.startsWith('env:')) {
    const value = env[name]?.trim() ?? '';
    if (value === '') throw new GitFailed(`the variable ${name} is not set on this machine`);
    return value;
  }
  const text = await readFile(join(dataDirectory, credentialsFolder, name), 'utf8').catch(() => null);
  if (text === null || text.length > largest)
    throw new GitFailed(
      `the file ${name} in the folder ${credentialsFolder} of the data directory cannot be read`,
    );
  return text.trim();
}

/**
 * How git gets in: a token, or `user:password`, for an address of HTTP; the file of a private key for ssh.
 *
 * @throws GitFailed
 */
export async function accessWith(
  reference: string | null,
  url: string,
  place: CredentialPlace,
): Promise<Pick<GitAccess, 'credential' | 'secrets'>> {
  if (reference === null) return { credential: null, secrets: [] };
  const secret = await readCredential(reference, place);
  if (!/^https?:/i.test(url)) {
    if (!reference.startsWith('file:')) throw new GitFailed('ssh needs a private key in a file: `file:NAME`');
    const keyFile = join(place.dataDirectory, credentialsFolder, reference.slice('file:'.length));
    return { credential: { keyFile }, secrets: [secret] };
  }
  const login = secret.includes(':') ? secret : `x-access-token:${secret}`;
  const encoded = Buffer.from(login).toString('base64');
  const password = login.slice(login.indexOf(':') + 1);
  return {
    credential: { header: `Authorization: Basic ${encoded}` },
    secrets: [encoded, secret, password],
  };
}
