import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, type FileHandle } from 'node:fs/promises';

/** A lock of the kernel on a file. The kernel releases it when this process ends, however it ends. */
export interface KernelLock {
  release: () => Promise<void>;
}

/** The files that this process has locked. The lock of one that nobody knows any more would be released. */
const locked = new Set<FileHandle>();

/** The kernel or the file system cannot lock the file, or no program is there that can ask for it. */
export class NotLockable extends Error {
  override name = 'NotLockable';
}

const python = `
import fcntl, sys
try:
    fcntl.flock(3, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    sys.exit(1)
`;

/**
 * Programs that call flock(2) on the open file 3, and end with 1 when another process has the lock. Node cannot call
 * it. The lock belongs to the open file, which the program shares with this process, so it stays when the program
 * ends.
 */
const programs: readonly [program: string, ...args: string[]][] = [
  ['flock', '-x', '-n', '3'],
  ['python3', '-I', '-c', python],
  ['perl', '-e', 'open(my $file, ">&=", 3) or exit 2; exit(flock($file, 6) ? 0 : 1)'],
];

/** Where the programs are looked for: on the PATH, and where systems have them that are started without one. */
const everywhere = ['', '/usr/bin/', '/bin/'];

/**
 * Locks a file, which is made if it is not there, and writes a note into it. The lock also holds against processes of
 * other containers that see the same file. The file stays when the lock is released.
 *
 * @param note what others are told who find the file locked
 * @param folders where the programs are looked for
 * @returns the note of the process that has the lock, if it is another one
 * @throws NotLockable
 */
export async function lockFile(
  file: string,
  note: string,
  folders: readonly string[] = everywhere,
): Promise<KernelLock | { heldBy: string }> {
  const handle = await open(file, 'a+');
  try {
    if (!(await lock(handle.fd, folders))) {
      const heldBy = await handle.readFile('utf8');
      await handle.close();
      return { heldBy };
    }
    await handle.truncate(0);
    await handle.write(note);
    locked.add(handle);
  } catch (error) {
    await handle.close();
    throw error;
  }
  return {
    release: async () => {
      locked.delete(handle);
      await handle.truncate(0);
      await handle.close();
    },
  };
}

async function lock(fd: number, folders: readonly string[]): Promise<boolean> {
  const found = folders.flatMap((folder) =>
    programs.map(([name, ...args]) => ({ program: folder + name, args })),
  );
  for (const { program, args } of found) {
    const ended = await run(program, args, fd);
    if (ended === null) continue;
    if (ended.code === 0 || ended.code === 1) return ended.code === 0;
    throw new NotLockable(
      `${program} cannot lock it: ${ended.said.trim() || `exit code ${ended.code ?? '?'}`}`,
    );
  }
  const names = programs.map(([name]) => name).join(', ');
  throw new NotLockable(`one of these programs must be there to lock it: ${names}`);
}

/** @returns null when there is no such program */
async function run(
  program: string,
  args: readonly string[],
  fd: number,
): Promise<{ code: number | null; said: string } | null> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe', fd] });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, said };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new NotLockable(`${program} cannot be started: ${(error as Error).message}`);
  }
}
