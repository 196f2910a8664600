import { open } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';

/**
 * Lets the programs of the tests find Python itself where `python3` is a script of a version manager, such as pyenv's: it
 * takes three times as long to start, and the tests start hundreds.
 */
export async function findPythonFirst(): Promise<void> {
  const path = process.env.PATH ?? '';
  for (const folder of path.split(delimiter)) {
    const beginning = await beginningOf(join(folder, 'python3'));
    if (beginning === null) continue;
    if (beginning !== '#!') return;
    const program = 'import os, sys; print(os.path.dirname(os.path.realpath(sys.executable)))';
    const { stdout, failed } = await execa('python3', ['-I', '-c', program], { reject: false });
    if (!failed) process.env.PATH = [stdout, path].join(delimiter);
    return;
  }
}

/** The first two letters of a file; null when there is none. */
async function beginningOf(file: string): Promise<string | null> {
  const handle = await open(file).catch(() => null);
  if (handle === null) return null;
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0).finally(() => handle.close());
  return buffer.toString('latin1', 0, bytesRead);
}
