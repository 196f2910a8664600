import type { InputCheck } from '../../../errors.ts';
import { quoted } from '../../../lib/quoted.ts';
import { isCredentialReference } from '../../../runner/git/references.ts';
import type { SourceFields } from '../../../store/projects/project-sources.ts';

/** A source as callers give it. Absent fields are as before, or have their defaults. */
export interface GitSourceInput {
  url?: string | null | undefined;
  ref?: string | null | undefined;
  subdirectory?: string | null | undefined;
  credential?: string | null | undefined;
  pollSeconds?: number | null | undefined;
  pushSecret?: string | null | undefined;
}

export const sourceLimits = {
  url: 2000,
  ref: 250,
  subdirectory: 500,
  poll: { least: 10, most: 7 * 24 * 3600 },
};

/** What a source is that says nothing else: the default branch, whose changes nobody looks for. */
const byDefault: Omit<SourceFields, 'url'> = {
  ref: 'HEAD',
  subdirectory: '',
  credential: null,
  pollSeconds: null,
  pushSecret: null,
};

/**
 * The source that a project gets. Notes what is wrong with it.
 *
 * @param present what it has; null for a new project
 * @param protocols those that the gateway allows
 */
export function checkedSource(
  check: InputCheck,
  given: GitSourceInput,
  present: SourceFields | null,
  protocols: readonly string[],
): SourceFields {
  const at = 'source.git';
  const { url, ref, subdirectory, credential, pollSeconds, pushSecret } = given;
  const before = present ?? { ...byDefault, url: '' };
  const source: SourceFields = {
    url: url ?? before.url,
    ref: ref === undefined ? before.ref : (ref ?? byDefault.ref),
    subdirectory: subdirectory === undefined ? before.subdirectory : folderOf(subdirectory ?? ''),
    credential: credential === undefined ? before.credential : credential,
    pollSeconds: pollSeconds === undefined ? before.pollSeconds : pollSeconds,
    pushSecret: pushSecret === undefined ? before.pushSecret : pushSecret,
  };
  const badUrl = faultOfUrl(source.url, protocols);
  if (badUrl !== null) check.add(`${at}.url`, 'BAD_VALUE', badUrl);
  if (!isRef(source.ref))
    check.add(`${at}.ref`, 'BAD_NAME', `${quoted(source.ref)} is no branch, tag or commit.`);
  if (!isFolder(source.subdirectory))
    check.add(
      `${at}.subdirectory`,
      'BAD_PATH',
      `${quoted(source.subdirectory)} is no folder of a repository.`,
    );
  for (const field of ['credential', 'pushSecret'] as const) {
    const reference = source[field];
    if (reference === null || isCredentialReference(reference)) continue;
    check.add(
      `${at}.${field}`,
      'BAD_VALUE',
      'A secret is given as `env:GIT_CREDENTIAL_NAME`, a variable of the gateway, or as `file:NAME`, a file in the folder `credentials` of its data directory.',
    );
  }
  const { least, most } = sourceLimits.poll;
  if (source.pollSeconds !== null && (source.pollSeconds < least || source.pollSeconds > most)) {
    const message = `It is looked for changes every ${least} seconds at most, and every ${most} seconds at least.`;
    check.add(`${at}.pollSeconds`, 'OUT_OF_RANGE', message);
  }
  return source;
}

/** Why an address cannot be that of a repository; null when it can. */
function faultOfUrl(text: string, protocols: readonly string[]): string | null {
  const allowed = protocols.map((name) => `${name}://`).join(' or ');
  const kind = `The address of a repository begins with ${allowed}, such as https://git.example/team/shop.git.`;
  if (text.length > sourceLimits.url || /[\s\p{Cc}\\]/u.test(text) || !URL.canParse(text)) return kind;
  const { protocol, hostname, username, password } = new URL(text);
  const name = protocol.slice(0, -1);
  if (!protocols.includes(name) || !text.toLowerCase().startsWith(`${name}://`)) return kind;
  if (name !== 'file' && (hostname === '' || hostname.startsWith('-'))) return kind;
  if (password !== '' || (username !== '' && name !== 'ssh') || username.startsWith('-'))
    return 'An address has no login in it: give it as `credential`.';
  return null;
}

/** Whether git takes a text as the name of a branch, a tag or a commit (git help check-ref-format). */
function isRef(text: string): boolean {
  return (
    text !== '' &&
    text.length <= sourceLimits.ref &&
    !/^[-/.]|[\s~^:?*[\\\p{Cc}\p{Cs}]|\.\.|@\{|\/\/|\/\.|[/.]$|\.lock$/u.test(text)
  );
}

/** A folder without what says nothing, such as `./` at its begin. */
function folderOf(text: string): string {
  const parts = text.split('/');
  const first = parts.findIndex((part) => part !== '' && part !== '.');
  return first === -1 ? '' : parts.slice(first, parts.findLastIndex((part) => part !== '') + 1).join('/');
}

function isFolder(text: string): boolean {
  return (
    text.length <= sourceLimits.subdirectory &&
    !/[\\\p{Cc}\p{Cs}]/u.test(text) &&
    !text.split('/').some((part) => part === '..' || part === '.' || part === '.git') &&
    (text === '' || !text.split('/').includes(''))
  );
}
