import type { InputCheck } from '../../../errors.ts';
import { quoted } from '../../../lib/quoted.ts';

/** The longest path of a file in characters, and of each of its parts in bytes. */
export const pathLimits = { length: 500, part: 200 };

/** What the gateway or Meltano writes itself at the top of a project, in lower case, and what it is. */
const reserved: Readonly<Record<string, string>> = {
  'meltano.yml': 'is written by the gateway: change it with `applyProject`',
  '.env': 'would show its secrets to all readers: use `setProjectEnv`',
  '.meltano': "is where Meltano keeps the project's plugins",
  '.git': 'belongs to git',
};

/** How the names of files begin that the gateway writes for itself. */
export const ownPrefix = '.meltano-graphql';

/**
 * The path of a file as the store keeps it: without empty parts and `.`, and with the same characters however they were
 * composed.
 *
 * @returns null for a path that is wrong, which is noted
 */
export function checkFilePath(check: InputCheck, at: string, text: string): string | null {
  const path = normalPath(text);
  const fault = faultOf(text, path);
  if (fault === null) return path;
  check.add(at, fault.code, `${quoted(text)} cannot be the path of a file: ${fault.message}.`);
  return null;
}

/** A path without empty parts and `.`, composed as the store keeps it. */
export function normalPath(text: string): string {
  return text
    .normalize('NFC')
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

/** The folders in which a file lies, the outermost first. */
export function foldersOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_part, i) => parts.slice(0, i + 1).join('/'));
}

interface Fault {
  code: 'BAD_PATH' | 'OUTSIDE' | 'RESERVED';
  message: string;
}

function faultOf(text: string, path: string): Fault | null {
  const parts = path.split('/');
  const bad = (message: string): Fault => ({ code: 'BAD_PATH', message });
  if (text.length > pathLimits.length) return bad(`it has more than ${pathLimits.length} characters`);
  if (path === '' || text.endsWith('/')) return bad('it names no file');
  if (text.startsWith('/') || /^[a-z]:/i.test(text) || parts.includes('..'))
    return { code: 'OUTSIDE', message: "it leads out of the project's directory" };
  if (/[\\\p{Cc}\p{Cs}]/u.test(path)) return bad('it has a backslash or a control character');
  if (parts.some((part) => Buffer.byteLength(part) > pathLimits.part))
    return bad(`a part of it has more than ${pathLimits.part} bytes`);
  if (parts.some((part) => /^ | $|\.$/.test(part)))
    return bad('a part of it begins or ends with a blank, or ends with a dot');
  const top = parts[0]?.toLowerCase() ?? '';
  const why = Object.hasOwn(reserved, top) ? reserved[top] : undefined;
  if (why !== undefined) return { code: 'RESERVED', message: `\`${top}\` ${why}` };
  if (top.startsWith(ownPrefix))
    return { code: 'RESERVED', message: `names that begin with \`${ownPrefix}\` are the gateway's own` };
  if (top === 'plugins' && path.toLowerCase().endsWith('.lock'))
    return { code: 'RESERVED', message: "lock files say what the project's plugins are: use `updatePlugin`" };
  return null;
}
