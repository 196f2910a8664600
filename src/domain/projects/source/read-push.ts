import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import { isObject } from '../../../lib/is-object.ts';

/** Headers of a request, in lower case. */
type Headers = Readonly<Record<string, string | string[] | undefined>>;

/**
 * Whether a request was sent by someone who knows a secret. GitHub, Gitea and Forgejo sign the body; GitLab sends the
 * secret itself.
 */
export function isSignedBy(secret: string, headers: Headers, body: Buffer): boolean {
  const signature = text(headers['x-hub-signature-256']);
  if (signature !== null) {
    const right = createHmac('sha256', secret).update(body).digest('hex');
    return isSame(signature, `sha256=${right}`);
  }
  const token = text(headers['x-gitlab-token']);
  return token !== null && isSame(token, secret);
}

/** Whether a request could be signed at all: one that is not is not even read. */
export function hasSignature(headers: Headers): boolean {
  return text(headers['x-hub-signature-256']) !== null || text(headers['x-gitlab-token']) !== null;
}

/** What was pushed, as far as it matters: null when it was no push. */
export interface Push {
  /** The whole name of a branch or a tag, such as `refs/heads/main`. */
  ref: string;
  /** Name of the default branch; null when nobody says it. */
  defaultBranch: string | null;
}

/** Reads what GitHub, GitLab, Gitea or Forgejo tell of a push. @returns null for what is none */
export function readPush(body: unknown): Push | null {
  if (!isObject(body) || typeof body.ref !== 'string') return null;
  const [repository, project] = [body.repository, body.project].map((value) =>
    isObject(value) ? value : {},
  );
  const branch = repository?.default_branch ?? project?.default_branch;
  return { ref: body.ref, defaultBranch: typeof branch === 'string' ? branch : null };
}

/** Whether a source that follows a ref is to be looked at after a push. */
export function isFollowed(followed: string, { ref, defaultBranch }: Push): boolean {
  if (followed === 'HEAD') return defaultBranch === null || ref === `refs/heads/${defaultBranch}`;
  return [followed, `refs/heads/${followed}`, `refs/tags/${followed}`].includes(ref);
}

/** Takes as long whatever is right of it. */
function isSame(given: string, right: string): boolean {
  return timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', right, 'buffer'));
}

function text(header: string | string[] | undefined): string | null {
  return typeof header === 'string' && header !== '' ? header : null;
}
