import { createCipheriv, createDecipheriv, createHash, randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Encrypts values for the store, each for one place, so that a copy elsewhere cannot be read. */
export interface Vault {
  /** Encrypts a text for a place. */
  lock: (text: string, place: string) => string;
  /** Decrypts what was encrypted for a place; null when that was done with another key. */
  unlock: (locked: string, place: string) => string | null;
}

/** The file of the key in a data directory. Gateways that share a database can have the same. */
export const keyFile = 'secret.key';

const algorithm = 'aes-256-gcm';
const sizes = { key: 32, nonce: 12, tag: 16 };

/**
 * Opens the vault of a data directory. Makes its key when there is none.
 *
 * @throws Error when the file does not hold a key
 */
export async function openVault(dataDirectory: string): Promise<Vault> {
  const key = await readKey(dataDirectory);
  const id = createHash('sha256').update(key).digest('base64url').slice(0, 8);
  return {
    lock: (text, place) => {
      const nonce = randomBytes(sizes.nonce);
      const cipher = createCipheriv(algorithm, key, nonce).setAAD(Buffer.from(place));
      const bytes = [nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()];
      return `${id}.${Buffer.concat(bytes).toString('base64url')}`;
    },
    unlock: (locked, place) => {
      const [by, encoded = ''] = locked.split('.');
      if (by !== id) return null;
      const bytes = Buffer.from(encoded, 'base64url');
      const [start, end] = [sizes.nonce, bytes.length - sizes.tag];
      const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, start))
        .setAAD(Buffer.from(place))
        .setAuthTag(bytes.subarray(end));
      return Buffer.concat([decipher.update(bytes.subarray(start, end)), decipher.final()]).toString('utf8');
    },
  };
}

async function readKey(dataDirectory: string): Promise<Buffer> {
  const path = join(dataDirectory, keyFile);
  const text = (await readFile(path, 'utf8').catch(ifMissing)) ?? (await makeKey(path));
  const key = Buffer.from(text.trim(), 'base64url');
  if (key.length === sizes.key) return key;
  throw new Error(
    `${path} does not hold a key. Restore it; or remove it, and the secrets kept for retries are lost.`,
  );
}

/** Several processes may make it at the same time: the first one that links its file counts. */
async function makeKey(path: string): Promise<string> {
  const draft = `${path}.${randomUUID()}.new`;
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
  try {
    await writeFile(draft, `${randomBytes(sizes.key).toString('base64url')}\n`, { mode: 0o600, flush: true });
    await link(draft, path).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
  return readFile(path, 'utf8');
}

function ifMissing(error: unknown): null {
  if (codeOf(error) !== 'ENOENT') throw error;
  return null;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null;
}
