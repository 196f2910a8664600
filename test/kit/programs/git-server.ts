import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';

/** A repository that is served by git itself over HTTP on the loopback address. */
export interface GitServer {
  url: string;
  /** The login that it asks for, as `user:password`. */
  login: string;
  /**
   * Commits files to a branch, in place of all that is there.
   *
   * @param links links by their paths
   * @returns the commit
   */
  commit: (files: Record<string, string>, branch?: string, links?: Record<string, string>) => Promise<string>;
  /** Whether it is there. It is, until it is told otherwise. */
  setUp: (isUp: boolean) => void;
  stop: () => Promise<void>;
}

export async function gitServer(): Promise<GitServer> {
  const root = await mkdtemp(join(tmpdir(), 'meltano-graphql-git-'));
  const login = 'robot:pass-word-of-git';
  const work = join(root, 'work');
  const git = async (...args: string[]): Promise<string> => {
    const identity = [
      '-c',
      'user.name=Test',
      '-c',
      'user.email=test@example.org',
      '-c',
      'init.defaultBranch=main',
    ];
    const env = { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' };
    return (await execa('git', [...identity, ...args], { cwd: root, env })).stdout;
  };
  await git('init', '--quiet', '--bare', 'shop.git');
  await git('init', '--quiet', 'work');
  let isUp = true;
  const server = createServer((request, response) => {
    const given = Buffer.from(
      (request.headers.authorization ?? '').replace('Basic ', ''),
      'base64',
    ).toString();
    if (!isUp) response.destroy();
    else if (given === login) backend(root, request, response);
    else response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/shop.git`,
    login,
    commit: async (files, branch = 'main', links = {}) => {
      await git('-C', work, 'checkout', '--quiet', '-B', branch);
      await git('-C', work, 'rm', '-rq', '--ignore-unmatch', '.');
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(work, path)), { recursive: true });
        await writeFile(join(work, path), text, { mode: 0o755 });
      }
      for (const [path, target] of Object.entries(links)) await symlink(target, join(work, path));
      await git('-C', work, 'add', '--all');
      await git('-C', work, 'commit', '--quiet', '--allow-empty', '--message', 'A change');
      await git('-C', work, 'push', '--quiet', '--force', join(root, 'shop.git'), branch);
      return git('-C', work, 'rev-parse', 'HEAD');
    },
    setUp: (up) => void (isUp = up),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** Lets `git http-backend` answer, which speaks CGI. */
function backend(root: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, search } = new URL(request.url ?? '/', 'http://git');
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env.PATH,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  request.pipe(child.stdin);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.on('close', () => {
    const whole = Buffer.concat(chunks);
    const end = whole.indexOf('\r\n\r\n');
    const headers = whole.subarray(0, end).toString().split('\r\n');
    for (const header of headers) {
      const colon = header.indexOf(': ');
      if (header.startsWith('Status: ')) response.statusCode = Number(header.slice(8, 11));
      else response.setHeader(header.slice(0, colon), header.slice(colon + 2));
    }
    response.end(whole.subarray(end + 4));
  });
}
