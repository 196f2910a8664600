import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProjectToServe } from '../../../src/config/config.ts';
import { copyDemoProject } from '../../../src/demo/copy-project.ts';

/** A copy of the sample project in its own directory. Its plugins are scripts and need no installation. */
export interface Sample {
  /** For the gateway, under the name `demo`. */
  project: ProjectToServe;
  /** A place for runs of the job `sales` that no other test uses. */
  place: () => Place;
  remove: () => Promise<void>;
}

/** What the runs of one test share: the file for the rows, and the state id. */
export interface Place {
  stateIdSuffix: string;
  stateId: string;
  /** The input of a run: its environment variables and the suffix of its state id. */
  with: (knobs?: Till) => { env: Variable[]; stateIdSuffix: string };
  /** Numbers of the sales that the loader has written, in the order of the file. */
  sales: () => Promise<number[]>;
}

interface Variable {
  name: string;
  value: string;
}

/** The settings of the till. */
export interface Till {
  /** Sales of one run. 20 when absent. */
  rows?: number;
  /** Seconds between two sales. None when absent. */
  delay?: number;
  /** The sale, counted from 1 within the run, at which the extractor fails. */
  failAt?: number;
  logLines?: number;
  stateEvery?: number;
}

/** Copies the sample project. */
export async function copySample(): Promise<Sample> {
  const home = await mkdtemp(join(tmpdir(), 'meltano-graphql-sample-'));
  const { project: directory } = await copyDemoProject({ home });
  return {
    project: { name: 'demo', directory },
    place: () => placeAt(join(home, randomUUID())),
    remove: () => rm(home, { recursive: true, force: true }),
  };
}

function placeAt(directory: string): Place {
  const stateIdSuffix = randomUUID();
  return {
    stateIdSuffix,
    stateId: `dev:tap-till-to-target-files:${stateIdSuffix}`,
    with: (knobs = {}) => ({
      env: [
        ...till(knobs),
        { name: 'TARGET_FILES_OUTPUT_DIR', value: directory },
        { name: 'REPORT_OUTPUT_DIR', value: directory },
      ],
      stateIdSuffix,
    }),
    sales: async () => {
      const text = await readFile(join(directory, 'sales.jsonl'), 'utf8').catch(() => '');
      const whole = text.slice(0, text.lastIndexOf('\n') + 1).trimEnd();
      return whole === '' ? [] : whole.split('\n').map((line) => (JSON.parse(line) as { id: number }).id);
    },
  };
}

/** The numbers from one to another, both included. */
export function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** The till's settings as environment variables. */
export function till({ rows, delay = 0, failAt, logLines, stateEvery }: Till): Variable[] {
  const knobs = { ROWS: rows, DELAY: delay, FAIL_AT: failAt, LOG_LINES: logLines, STATE_EVERY: stateEvery };
  return Object.entries(knobs).flatMap(([name, value]) =>
    value === undefined ? [] : [{ name: `TAP_TILL_${name}`, value: String(value) }],
  );
}
