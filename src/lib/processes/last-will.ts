import { spawn, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';

/** What is done when this process has died. */
export interface LastWill {
  /** Revokes it. */
  revoke: () => void;
}

/**
 * A program that waits until this process has died, since then nobody else has the other end of its input open. Then
 * it asks all process groups with the mark in their environment to end, and kills those that have not ended in time.
 * It is written for `sh`, because a second Node would take 40 MB, and such a shell takes one.
 *
 * Signals that a terminal or a service manager sends to everybody do not end it: they may be for this process alone.
 */
const script = `
trap '' HUP INT TERM
read -r mark
cat >/dev/null
groups() {
  if [ -d /proc/self ]; then
    for file in $(grep -lF "$mark" /proc/[0-9]*/environ 2>/dev/null); do
      # After the name of the program, which is in parentheses: state, parent, group.
      sed 's/.*) //' "\${file%environ}stat" 2>/dev/null | cut -d ' ' -f 3
    done
  else
    ps axeww -o pgid= -o command= | grep -F "$mark" | awk '{ print $1 }'
  fi | sort -u | grep -vx -e "$$" -e 0 -e 1
}
send() { for group in $(groups); do kill -"$1" -"$group" 2>/dev/null; done; }
send TERM
left=$1
while [ "$left" -gt 0 ] && [ -n "$(groups)" ]; do sleep 1; left=$((left - 1)); done
for round in 1 2 3 4 5; do
  [ -n "$(groups)" ] || exit 0
  send KILL
  sleep 1
done
`;

/** How long to wait before the program is started again when something has ended it, in milliseconds. */
const againMs = 1000;

/**
 * Has the processes ended that this process has started, when it dies before them, however it dies.
 *
 * @param mark a text that is in their environment, and in that of no other process
 * @param graceSeconds time between asking them to end and killing them
 * @param path where programs are found
 * @param onFault gets the error when the program that does it cannot be started
 */
export function leaveLastWill(
  mark: string,
  graceSeconds: number,
  { path, onFault }: { path: string; onFault: (error: unknown) => void },
): LastWill {
  let child: ChildProcess;
  let isRevoked = false;
  const leave = (): void => {
    child = spawn('/bin/sh', ['-c', script, 'last-will', String(graceSeconds)], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { PATH: path },
    });
    child.on('error', onFault);
    const { stdin } = child;
    child.once('exit', () => {
      stdin?.destroy();
      if (!isRevoked) setTimeout(() => isRevoked || leave(), againMs).unref();
    });
    // Neither keeps this process alive.
    child.unref();
    (stdin as Socket | null)?.unref();
    stdin?.on('error', () => undefined);
    // Not as an argument, which would be found too.
    stdin?.write(`${mark}\n`);
  };
  leave();
  return {
    revoke: () => {
      isRevoked = true;
      child.stdin?.destroy();
      child.kill('SIGKILL');
    },
  };
}
