import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Gateway } from '../../domain/gateway.ts';
import { decodeGlobalId } from '../../domain/naming/global-id.ts';
import { hasSignature, isFollowed, isSignedBy, readPush } from '../../domain/projects/source/read-push.ts';
import { parseJson } from '../../lib/event-loop/parse-json.ts';
import type { Budget } from '../../lib/serving/budget.ts';
import { FailedTries } from '../http/failed-tries.ts';
import { maxKeys, readBytes } from '../http/read-body.ts';
import { badRequest, refuse, tooManyTries, type Refusal } from '../http/refusal.ts';

/** How the paths of pushes begin. The id of the project follows. */
export const pushPath = '/hooks/git/';

export function isPushPath(path: string): boolean {
  return path.startsWith(pushPath);
}

/** The secret that a reference stands for; null when it is not there. */
export type ReadSecret = (reference: string) => Promise<string | null>;

/** Takes what the host of a repository tells of a push. */
export type TakePush = (request: IncomingMessage, response: ServerResponse, project: string) => Promise<void>;

/**
 * Makes what has the repository of a project looked at when somebody has pushed to it. It asks for no token of the gateway:
 * the secret of the source says who may. Whoever has none learns nothing, not even whether there is such a project.
 *
 * @param memory bytes that the bodies of all requests may have together
 */
export function pushTaker(gateway: Gateway, memory: Budget, readSecret: ReadSecret): TakePush {
  const { db, log } = gateway;
  const tries = new FailedTries();
  return async (request, response, project) => {
    const { headers } = request;
    const address = request.socket.remoteAddress ?? '';
    const seconds = tries.waitOf(address);
    if (seconds > 0 && !tries.isTrusted(address)) {
      refuse(request, response, tooManyTries(seconds, 'signatures'));
      return;
    }
    const source = hasSignature(headers) ? await sourceOf(gateway, project) : null;
    const secret = source?.pushSecret == null ? null : await readSecret(source.pushSecret);
    if (source?.pushSecret != null && secret === null)
      log.warn({ projectId: source.projectId }, 'the secret for pushes is not there');
    const body = secret === null ? null : await readBytes(request, response, memory);
    if (body !== null && 'status' in body) {
      refuse(request, response, body);
      return;
    }
    if (source === null || secret === null || body === null || !isSignedBy(secret, headers, body)) {
      tries.failed(address);
      refuse(request, response, seconds > 0 ? tooManyTries(seconds, 'signatures') : notSigned);
      return;
    }
    tries.succeeded(address);
    const push = readPush(await parseJson(body.toString(), { maxKeys }).catch(() => null));
    const isPing = headers['x-github-event'] === 'ping' || headers['x-gitea-event'] === 'ping';
    if (push === null && !isPing) {
      refuse(request, response, badRequest('This tells of no push. Send pushes alone, as application/json.'));
      return;
    }
    const isAsked = push !== null && isFollowed(source.ref, push);
    if (isAsked) await db.projectSources.askOnce(source.projectId);
    response.writeHead(isAsked ? 202 : 200, { 'content-type': 'application/json; charset=utf-8' });
    response.end(JSON.stringify({ isAsked }));
  };
}

async function sourceOf({ db }: Gateway, text: string) {
  const id = decodeGlobalId(text);
  if (id?.type !== 'Project') return null;
  const project = await db.projects.byId(id.id);
  return project && db.projectSources.of(project.id);
}

const notSigned: Refusal = {
  status: 401,
  code: 'UNAUTHENTICATED',
  message: 'There is no project with this id that takes pushes signed like this.',
};
