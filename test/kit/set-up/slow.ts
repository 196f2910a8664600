import { mkdtemp, rm, writeFile } from 'node:fs/promises';
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
  const program = join(buildDirectory, 'meltano');
  if ('executable' in provisioned) await writeProgram(program, provisioned.executable);
  project.provide('meltano', 'executable' in provisioned ? program : null);
  return () => rm(buildDirectory, { recursive: true, force: true });
}

/**
 * Writes a program that becomes the real Meltano, but says its version by itself. Each gateway asks for it when it
 * starts, and the real one loads itself whole to answer: half as much work as the rest of the start.
 */
async function writeProgram(file: string, executable: string): Promise<void> {
  const { stdout } = await execa(executable, ['--version']);
  const script = `#!/bin/sh\nif [ "$*" = --version ]; then echo '${stdout}'; else exec '${executable}' "$@"; fi\n`;
  await writeFile(file, script, { mode: 0o755 });
}
