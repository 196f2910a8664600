import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { provisionMeltano } from '../../../src/demo/provision.ts';
import type { TestProject } from 'vitest/node';
import { chromium } from '../chromium.ts';
import { nginx } from '../programs/nginx.ts';
import { findPythonFirst } from './python-first.ts';
import { home } from './home.ts';
import { notRun } from './not-run.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The real `meltano`, which says its version at once; null where it could not be provisioned. */
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
  if (chromium === null) notRun('GraphiQL in a browser', 'no Chromium was found; install it or set CHROMIUM');
  if (nginx === null) notRun('the gateway behind nginx', 'no nginx was found; install it or set NGINX');
  const buildDirectory = await mkdtemp(join(tmpdir(), 'meltano-graphql-built-'));
  project.provide('buildDirectory', buildDirectory);
  project.provide('meltano', 'executable' in provisioned ? await quickToTell(provisioned.executable) : null);
  return () => rm(buildDirectory, { recursive: true, force: true });
}

/**
 * Makes a program that becomes the real Meltano, but says its version by itself. Each gateway asks for it when it starts,
 * and the real one loads itself whole to answer: half as much work as the rest of the start. It stands beside the real one,
 * where a gateway looks for Meltano's Python and its files.
 */
async function quickToTell(executable: string): Promise<string> {
  const { stdout } = await execa(executable, ['--version']);
  const script = `#!/bin/sh\nif [ "$*" = --version ]; then echo '${stdout}'; else exec '${executable}' "$@"; fi\n`;
  const file = `${executable}-of-tests`;
  const draft = `${file}-${process.pid}`;
  await writeFile(draft, script, { mode: 0o755 });
  // Another run of the tests may be using it.
  await rename(draft, file);
  return file;
}
