import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provisionMeltano } from '../../../src/demo/provision.ts';
import type { TestProject } from 'vitest/node';
import { chromium } from '../chromium.ts';
import { nginx } from '../programs/nginx.ts';
import { findPythonFirst } from './python-first.ts';
import { home } from './home.ts';
import { notRun } from './not-run.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The real `meltano`; null where it could not be provisioned. */
    meltano: string | null;
    /** Directory for the program that `npm run build` makes. */
    buildDirectory: string;
  }
}

/** Prepares what the slow tests need beside a database: a real Meltano. Reports what cannot run. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const log = (line: string): void => console.log(line);
  await findPythonFirst();
  const provisioned = await provisionMeltano({ home, baseEnv: process.env, log });
  if ('missing' in provisioned) notRun('everything that runs the real Meltano', provisioned.missing);
  project.provide('meltano', 'executable' in provisioned ? provisioned.executable : null);
  if (chromium === null) notRun('GraphiQL in a browser', 'no Chromium was found; install it or set CHROMIUM');
  if (nginx === null) notRun('the gateway behind nginx', 'no nginx was found; install it or set NGINX');
  const buildDirectory = await mkdtemp(join(tmpdir(), 'meltano-graphql-built-'));
  project.provide('buildDirectory', buildDirectory);
  return () => rm(buildDirectory, { recursive: true, force: true });
}
