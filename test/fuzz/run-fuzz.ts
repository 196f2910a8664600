import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import { schema } from '../../src/schema/index.ts';
import type { TestApp } from '../kit/app.ts';
import { documentsFor, type FuzzDocument } from './documents.ts';
import { makeKnown, type Known } from './known.ts';

/** A document that the gateway could not answer, and why not. */
export interface Fault {
  document: FuzzDocument;
  /** What came in place of an answer. */
  answer: string;
  /** The error in the gateway's log. */
  cause: string;
}

export interface FuzzReport {
  documents: number;
  /** How often each outcome came: a code, or the name of a type. */
  outcomes: Map<string, number>;
  faults: Fault[];
}

/** Documents after which there is a new project: the ones before may have deleted what was there. */
const perProject = 500;

/** Documents that are sent at the same time. */
const lanes = 4;

/**
 * Sends arbitrary documents to a gateway, over HTTP.
 *
 * @param seed the same seed makes the same documents
 * @param log called after each project
 */
export async function runFuzz(
  app: TestApp,
  { documents, seed, log }: { documents: number; seed: number; log: (line: string) => void },
): Promise<FuzzReport> {
  let known: Known = { named: new Map() };
  const arbitrary = documentsFor(schema, () => known);
  const report: FuzzReport = { documents: 0, outcomes: new Map(), faults: [] };
  for (let number = 0; report.documents < documents; number += 1) {
    known = await makeKnown(app, number);
    const numRuns = Math.min(perProject, documents - report.documents);
    const batch = fc.sample(arbitrary, { numRuns, seed: seed + number });
    const lane = async (): Promise<void> => {
      for (let next = batch.pop(); next; next = batch.pop()) await tryOut(app, next, report);
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    report.documents += numRuns;
    report.faults.push(...faultsInLog(app));
    app.logged.length = 0;
    log(`${report.documents} documents, ${report.faults.length} faults`);
  }
  return report;
}

async function tryOut(app: TestApp, document: FuzzDocument, report: FuzzReport): Promise<void> {
  const { status, body } = await send(app.url, document);
  const isFault = status >= 500 || status === 0 || body.includes('INTERNAL_SERVER_ERROR');
  for (const outcome of outcomesIn(body))
    report.outcomes.set(outcome, (report.outcomes.get(outcome) ?? 0) + 1);
  if (!isFault) return;
  const trace = /under ([-\w]{36})/.exec(body)?.[1];
  const entry = app.logged.find(({ fields }) => fields.traceId === trace);
  const cause = entry?.fields.err instanceof Error ? entry.fields.err.stack : undefined;
  report.faults.push({
    document,
    answer: `${status} ${body.slice(0, 1000)}`,
    cause: cause ?? 'not in the log',
  });
}

/** Errors in the background, that no answer shows. */
function faultsInLog({ logged }: TestApp): Fault[] {
  return logged
    .filter(({ level, message }) => level === 'error' && message !== 'internal error')
    .map(({ message, fields }) => ({
      document: { query: '(in the background)', variables: {} },
      answer: message,
      cause: fields.err instanceof Error ? (fields.err.stack ?? '') : JSON.stringify(fields),
    }));
}

function outcomesIn(body: string): string[] {
  const codes = [...body.matchAll(/"code":"(\w+)"/g)].map(([, code = '']) => code);
  const types = [...body.matchAll(/"__typename":"(\w+Success|Validated)"/g)].map(([, type = '']) => type);
  return [...new Set([...codes, ...types])];
}

async function send(url: string, document: FuzzDocument): Promise<{ status: number; body: string }> {
  const isSubscription = document.query.startsWith('subscription');
  const stop = new AbortController();
  // A subscription need not end; its first event is enough.
  if (isSubscription) void wait(100).then(() => stop.abort());
  let status = 0;
  let body = '';
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: isSubscription ? 'text/event-stream' : 'application/json',
      },
      body: JSON.stringify(document),
      signal: stop.signal,
    });
    status = response.status;
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) body += decoder.decode(chunk, { stream: true });
  } catch (error) {
    if (!stop.signal.aborted) return { status: 0, body: String(error) };
  }
  return { status: status === 0 && isSubscription ? 200 : status, body };
}
