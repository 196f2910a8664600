import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { ExecutionResult, GraphQLError } from 'graphql';
import type { HostName } from '../../lib/serving/host-name.ts';
import { notAcceptable, prefersPage, readAccept, type Accepts } from './accept.ts';
import type { CheckAccess } from './access.ts';
import { readTarget } from './address.ts';
import { backupPath } from '../../backup/path.ts';
import { metricsPath } from '../../metrics/names.ts';
import type { Measured } from '../metrics/measured-requests.ts';
import type { Budget } from '../../lib/serving/budget.ts';
import { isPushPath, pushPath } from '../git-push/git-push.ts';
import { readLogPath, type AskedLog } from '../run-log/run-log.ts';
import { isAsset, type AssetName } from '../graphiql/assets.ts';
import { sendFavicon } from '../graphiql/favicon.ts';
import { answerCors } from './cors.ts';
import { readGetParams } from './get-params.ts';
import { readBody } from './read-body.ts';
import { refuse, type Refusal } from './refusal.ts';
import { schemaPath, sendSchema } from './schema-text.ts';

/** Where GraphQL and GraphiQL are. */
export const graphqlPath = '/graphql';

// No page may show an answer in a frame, and nothing in an answer may be taken for a page. The page of GraphiQL has a
// policy of its own. No cache may keep an answer: it is for this client, and for this moment.
const headers = [
  ['cache-control', 'no-store'],
  [
    'content-security-policy',
    "default-src 'none'; frame-ancestors 'none'; form-action 'none'; base-uri 'none'",
  ],
  ['x-content-type-options', 'nosniff'],
] as const;

/** A request that may reach GraphQL, and what it asks for. */
export type ReadRequest = IncomingMessage & {
  /**
   * What was read from the body or the address. It is not called `body`: libraries would take that for something
   * else.
   */
  params: object;
  /** Why the document that it names is not executed. */
  noDocument?: GraphQLError;
  /** How the client wants the answer. */
  accepts: Accepts;
  /** What is sent as events: the results of a subscription, or the one result of anything else. */
  events?: AsyncIterable<ExecutionResult> | ExecutionResult;
  /** Whether its query was executed and had an error. */
  failed?: boolean;
  /** Why its query, which was executed, gets no answer. */
  refusal?: GraphQLError;
  /** What is measured of it, as far as it is known by now. */
  measured?: Measured;
};

/** What lies behind the checks. */
export interface Behind {
  allowedHosts: readonly HostName[];
  /** Origins whose pages may read the answers. */
  corsOrigins: ReadonlySet<string>;
  checkAccess: CheckAccess;
  /** Bytes that the bodies of all requests may have together. */
  bodies: Budget;
  /** Answers a request that asks GraphQL for something. */
  answer: (request: ReadRequest, response: ServerResponse) => void;
  /** Answers with the page of GraphiQL. */
  showPage: (request: IncomingMessage, response: ServerResponse) => void;
  /** Answers with a file that the page of GraphiQL loads. */
  showAsset: (request: IncomingMessage, response: ServerResponse, name: AssetName) => void;
  /** Answers with the metrics. */
  showMetrics: (request: IncomingMessage, response: ServerResponse) => void;
  /** Answers with the log of a run. */
  showLog: (request: IncomingMessage, response: ServerResponse, log: AskedLog) => void;
  /** Answers with a backup. */
  sendBackup: (request: IncomingMessage, response: ServerResponse) => void;
  /** Takes what the host of a repository tells of a push. */
  takePush: (request: IncomingMessage, response: ServerResponse, project: string) => void;
  /** Answers whether the gateway can do its work. */
  showHealth: (request: IncomingMessage, response: ServerResponse) => void;
}

/**
 * Looks at each request before anything else does: where it goes, whether it may, and what it says. All that follows
 * relies on it.
 */
export function front(behind: Behind): RequestListener {
  return (request, response) => {
    for (const [name, value] of headers) response.setHeader(name, value);
    const target = readTarget(request, behind.allowedHosts);
    if ('status' in target) refuse(request, response, target);
    else if (answerCors(request, response, behind.corsOrigins)) return;
    else if (target.path === graphqlPath) atGraphql(request, response, target.query, behind);
    else if (target.path === backupPath) atBackup(request, response, behind);
    else if (isPushPath(target.path)) atPush(request, response, target.path, behind);
    else atOtherPath(request, response, target.path, behind);
  };
}

// It asks for no token: what is sent is signed.
function atPush(request: IncomingMessage, response: ServerResponse, path: string, behind: Behind): void {
  if (request.method !== 'POST') refuse(request, response, badMethod('POST'));
  else behind.takePush(request, response, path.slice(pushPath.length));
}

// It keeps the embedded database for itself meanwhile, so no page may ask for it: a page cannot send JSON to another origin.
function atBackup(request: IncomingMessage, response: ServerResponse, behind: Behind): void {
  const refusal = behind.checkAccess(request);
  const isJson = /^application\/json\b/i.test(request.headers['content-type'] ?? '');
  if (refusal !== null) refuse(request, response, refusal);
  else if (request.method !== 'POST') refuse(request, response, badMethod('POST'));
  else if (!isJson) refuse(request, response, notJson);
  else {
    request.resume();
    behind.sendBackup(request, response);
  }
}

const notJson: Refusal = {
  status: 415,
  code: 'UNSUPPORTED_MEDIA_TYPE',
  message: 'Ask with the content type application/json.',
};

function atOtherPath(request: IncomingMessage, response: ServerResponse, path: string, behind: Behind): void {
  const answer = answerAt(path, request, behind);
  if (answer === null) refuse(request, response, notFound);
  else if (!reads(request)) refuse(request, response, badMethod('GET, HEAD'));
  else answer(request, response);
}

/** What the path of a file of GraphiQL starts with: a proxy that passes on GraphQL passes it on, too. */
const assets = `${graphqlPath}/`;

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** What answers a request for a path; null when nothing is there. */
function answerAt(
  path: string,
  { headers }: IncomingMessage,
  { checkAccess, showAsset, showHealth, showLog, showMetrics }: Behind,
): Answer | null {
  const guarded =
    (answer: Answer): Answer =>
    (request, response) => {
      const refusal = checkAccess(request);
      if (refusal !== null) refuse(request, response, refusal);
      else answer(request, response);
    };
  switch (path) {
    case '/':
      if (!prefersPage(headers.accept)) return null;
      // Not by an address from the root on: a proxy may serve all this below a path.
      return (_request, response) => response.writeHead(302, { location: graphqlPath.slice(1) }).end();
    case schemaPath:
      return guarded(sendSchema);
    case metricsPath:
      return guarded(showMetrics);
    case '/favicon.ico':
      return (_request, response) => sendFavicon(response);
    // That the process answers.
    case '/livez':
      return (_request, response) => response.end();
    // Whether the gateway can do its work.
    case '/readyz':
    case '/health':
      return showHealth;
  }
  const log = readLogPath(path);
  if (log !== null) return guarded((request, response) => showLog(request, response, log));
  const asset = path.startsWith(assets) ? path.slice(assets.length) : '';
  return isAsset(asset) ? (request, response) => showAsset(request, response, asset) : null;
}

function atGraphql(
  request: IncomingMessage,
  response: ServerResponse,
  query: string,
  { checkAccess, bodies, answer, showPage }: Behind,
): void {
  const { headers, method } = request;
  // The page holds nothing of the data when there is a token: it asks for the token and for the data.
  if (reads(request) && prefersPage(headers.accept)) {
    showPage(request, response);
    return;
  }
  const accepts = readAccept(headers.accept);
  const go = (read: { params: object } | Refusal): void => {
    if ('status' in read) refuse(request, response, read);
    else if (accepts === null) refuse(request, response, badAccept);
    else answer(Object.assign(request, { params: withoutEmptyName(read.params), accepts }), response);
  };
  const refusal = checkAccess(request);
  if (refusal !== null) refuse(request, response, refusal);
  else if (reads(request)) go(readGetParams(query));
  else if (method === 'POST') readBody(request, response, bodies, go);
  else refuse(request, response, badMethod('GET, HEAD, POST'));
}

/** Whether a request only reads. A HEAD is answered like a GET, without its body. */
function reads({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** Many clients send an empty name for the only operation of a document. */
function withoutEmptyName(params: object): object {
  if ((params as { operationName?: unknown }).operationName !== '') return params;
  return Object.fromEntries(Object.entries(params).filter(([name]) => name !== 'operationName'));
}

const notFound: Refusal = {
  status: 404,
  code: 'NOT_FOUND',
  message: `There is nothing here. GraphQL is at ${graphqlPath}.`,
};

const badAccept: Refusal = { status: 406, code: 'NOT_ACCEPTABLE', message: notAcceptable };

function badMethod(allow: string): Refusal {
  return {
    status: 405,
    code: 'METHOD_NOT_ALLOWED',
    message: `Ask with ${allow}.`,
    headers: { allow },
  };
}
