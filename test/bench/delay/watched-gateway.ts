import { request } from 'node:http';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Profiler } from 'node:inspector';
import { startBuilt } from '../servers/gateway.ts';
import { causesOf, type Span } from './causes.ts';

/** How long the gateway's main thread was busy at most, and with what. */
export interface Delay {
  /** In milliseconds; at least this when the gateway did not answer in time. */
  largestMs: number;
  /** The most time that it was on a CPU without a pause: a busy machine does not make it longer. */
  cpuMs: number;
  causes: string[];
}

/** A gateway whose event loop is measured. */
export interface WatchedGateway {
  url: string;
  processId: number;
  /** Measures from now on; the time since its start is measured already. */
  start: () => Promise<void>;
  /** What was measured. */
  stop: () => Promise<Delay>;
  kill: () => Promise<unknown>;
}

/** Starts the built gateway with `monitor.mjs` in it. */
export async function startWatched(
  start: Parameters<typeof startBuilt>[0],
  directory: string,
): Promise<WatchedGateway> {
  const socket = join(directory, `${randomUUID()}.sock`);
  const gateway = await startBuilt({
    ...start,
    nodeFlags: ['--import', fileURLToPath(new URL('monitor.mjs', import.meta.url))],
    env: { EVENT_LOOP_SOCKET: socket },
  });
  return {
    url: gateway.url,
    processId: gateway.processId,
    start: async () => {
      await ask(socket, '/start');
    },
    stop: async () => {
      const text = await ask(socket, '/stop');
      const { largestMs, cpuMs, during, profile } = JSON.parse(text) as Measured;
      return { largestMs, cpuMs, causes: await causesOf(profile, during) };
    },
    kill: gateway.kill,
  };
}

interface Measured {
  largestMs: number;
  cpuMs: number;
  during: Span;
  profile: Profiler.Profile;
}

function ask(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('error', reject).on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`The monitor answers ${response.statusCode ?? 0}: ${text}`));
      });
    });
    sent.on('error', reject).end();
  });
}
