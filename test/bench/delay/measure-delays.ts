import { request } from 'node:http';
import { join } from 'node:path';
import { standIn } from '../../kit/meltano/stand-in.ts';
import type { Stage } from '../stage.ts';
import type { HeavyRequest, Send } from './heavy-requests.ts';
import { startWatched, type Delay, type WatchedGateway } from './watched-gateway.ts';

/** What was measured of a request. */
export interface Measured extends Delay {
  title: string;
  size: string;
  /** What came of it; null when the gateway was given up. */
  answer: string | null;
}

interface Site {
  /** Directories of a project that has nothing, and of the project `big`. */
  projects: { empty: string; big: string };
  /** URL of the gateway's database; the embedded one when null. */
  databaseUrl: string | null;
  /** Name of the data directory. */
  name: string;
  /** Milliseconds after which a gateway that has not answered is given up. */
  limitMs: number;
}

/** Sends the requests one after the other to a gateway that has imported the project before. */
export async function* measureDelays(
  stage: Stage,
  site: Site,
  requests: readonly HeavyRequest[],
): AsyncGenerator<Measured> {
  // Makes the database.
  await (await startSite(stage, site, 'empty')).kill();
  let gateway = await startSite(stage, site, 'big');
  // What was measured since the start.
  await gateway.stop();
  for (const { title, size, ...heavy } of requests) {
    const measuring = measure(gateway, heavy).catch((error: unknown) => {
      stage.say(`${title}: ${String(error)}`);
      return null;
    });
    const measured = await within(site.limitMs, measuring);
    yield {
      title,
      size,
      ...(measured ?? { answer: null, largestMs: site.limitMs, cpuMs: site.limitMs, causes: [] }),
    };
    if (measured !== null) continue;
    await gateway.kill();
    gateway = await startSite(stage, site, 'big');
  }
  await gateway.kill();
}

async function startSite(
  stage: Stage,
  { projects, databaseUrl, name }: Site,
  project: keyof Site['projects'],
): Promise<WatchedGateway> {
  const gateway = await startWatched(
    {
      main: stage.main,
      dataDirectory: join(stage.directory, name),
      projects: [`${project}=${projects[project]}`],
      databaseUrl,
      flags: ['--meltano', standIn('long-lines.py'), '--log-level', 'error'],
    },
    stage.directory,
  );
  stage.atEnd(gateway.kill);
  return gateway;
}

async function measure(
  gateway: WatchedGateway,
  { prepare, run }: Omit<HeavyRequest, 'title' | 'size'>,
): Promise<Delay & { answer: string }> {
  const send = senderTo(gateway.url);
  await prepare?.(send);
  await gateway.start();
  const answer = await run(send);
  return { answer, ...(await gateway.stop()) };
}

/** @returns null when it takes longer; it goes on then, and what becomes of it is of no interest */
async function within<T>(ms: number, working: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), ms)));
  return Promise.race([working, late]).finally(() => clearTimeout(timer));
}

function senderTo(url: string): Send {
  return (query, variables = {}) => {
    const body = JSON.stringify({ query, variables });
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    return new Promise((resolve, reject) => {
      const sent = request(url, { method: 'POST', headers, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on('error', reject).on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const { data, errors } = JSON.parse(Buffer.concat(chunks).toString()) as Answer;
          const [error] = errors ?? [];
          resolve({
            data,
            answer: error ? (error.extensions?.code ?? error.message) : typeIn(data),
          });
        });
      });
      sent.on('error', reject).end(body);
    });
  };
}

interface Answer {
  data?: unknown;
  errors?: { message: string; extensions?: { code?: string } }[];
}

/** The type of the answer's first field. */
function typeIn(data: unknown): string {
  const [first] = Object.values(data ?? {}) as ({ __typename?: string } | null)[];
  return first?.__typename ?? (first ? 'data' : 'nothing');
}
