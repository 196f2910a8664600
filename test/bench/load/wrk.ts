import { writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { uniqueName } from '../operations/documents.ts';
import type { Request } from '../operations/requests.ts';

/** What a turn of the load generator saw. */
export interface Load {
  requests: number;
  seconds: number;
  /** Median and 99th percentile of the time to the whole answer, in milliseconds. */
  p50: number;
  p99: number;
}

/** @throws when the load generator is missing, with what installs it */
export async function checkWrk(): Promise<void> {
  await execa('which', ['wrk']).catch(() => {
    throw new Error('The load generator wrk is missing: apt-get install wrk.');
  });
}

interface Summary {
  requests: number;
  microseconds: number;
  p50: number;
  p99: number;
  broken: number;
  bad: number;
}

/**
 * Sends requests in turn, with another name in the place of `uniqueName` each time, over connections that are kept, each waiting for its answer.
 *
 * @param script file to write for `wrk`
 * @throws when an answer has another status than 200 or holds errors, or a connection breaks
 */
export async function sendLoad(
  origin: string,
  requests: readonly Request[],
  { script, seconds, connections }: { script: string; seconds: number; connections: number },
): Promise<Load> {
  await writeFile(script, lua(requests));
  const { stdout } = await execa('wrk', [
    ...['--threads', '1', '--connections', String(connections), '--duration', `${seconds}s`],
    ...['--timeout', '30s', '--script', script, origin],
  ]);
  const line = stdout.split('\n').find((text) => text.startsWith('{'));
  const summary = JSON.parse(line ?? '{}') as Summary;
  if (summary.bad > 0 || summary.broken > 0 || summary.requests === 0) {
    const { requests: answers, bad, broken } = summary;
    throw new Error(
      `wrk: ${answers} answers, ${bad} of them bad, ${broken} broken connections of ${origin}.`,
    );
  }
  return {
    requests: summary.requests,
    seconds: summary.microseconds / 1e6,
    p50: summary.p50 / 1000,
    p99: summary.p99 / 1000,
  };
}

// `bad` is global so that `done`, which runs apart from the threads, can get it of each.
function lua(requests: readonly Request[]): string {
  const quoted = requests.map(({ path, body }) => `{ "${path}", [==[${body}]==] }`);
  // No two turns have the same.
  const prefix = `u${Date.now().toString(36)}`;
  return `local requests = {
${quoted.join(',\n')}
}
local threads = {}
function setup(thread) table.insert(threads, thread) end
bad = 0
local i = 0
local texts = {}
local function format(path, body)
  return wrk.format("POST", path, { ["content-type"] = "application/json" }, body)
end
function init()
  for k, r in ipairs(requests) do
    if not r[2]:find("${uniqueName}", 1, true) then texts[k] = format(r[1], r[2]) end
  end
end
function request()
  i = i + 1
  local k = (i - 1) % #requests + 1
  return texts[k] or format(requests[k][1], (requests[k][2]:gsub("${uniqueName}", "${prefix}_" .. i)))
end
function response(status, headers, body)
  if status ~= 200 or body:find('"errors"', 1, true) then bad = bad + 1 end
end
function done(summary, latency)
  local found = 0
  for _, thread in ipairs(threads) do found = found + thread:get("bad") end
  local e = summary.errors
  io.write(string.format('{"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"broken":%d,"bad":%d}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    e.connect + e.read + e.write + e.timeout, math.max(found, e.status)))
end
`;
}
