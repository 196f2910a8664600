import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { describe } from 'vitest';

/** A network of its own for processes of a test, joined to this machine's by one link. */
export interface Network {
  /** What goes before a command that is to run in it. */
  within: readonly string[];
  /** The address by which the processes in it reach this machine. */
  host: string;
  /** Lets nothing through any more, and tells nobody: what is sent is lost. */
  cut: () => void;
  join: () => void;
  remove: () => void;
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** @throws when the kernel does not allow it */
export function makeNetwork(): Network {
  const [first = 0, second = 0] = randomBytes(2);
  const name = `mgql${randomBytes(4).toString('hex')}`;
  // Addresses for two, out of those that stand for no place.
  const at = (last: number): string => `10.${first}.${second}.${last}`;
  const inner = `${name}-in`;
  ip('netns', 'add', name);
  const remove = (): void => ip('netns', 'del', name);
  try {
    ip('link', 'add', name, 'type', 'veth', 'peer', 'name', inner, 'netns', name);
    ip('addr', 'add', `${at(1)}/30`, 'dev', name);
    ip('link', 'set', name, 'up');
    ip('-n', name, 'addr', 'add', `${at(2)}/30`, 'dev', inner);
    ip('-n', name, 'link', 'set', inner, 'up');
    ip('-n', name, 'link', 'set', 'lo', 'up');
  } catch (error) {
    remove();
    throw error;
  }
  return {
    within: ['ip', 'netns', 'exec', name],
    host: at(1),
    cut: () => ip('link', 'set', name, 'down'),
    join: () => ip('link', 'set', name, 'up'),
    remove,
  };
}

function reasonAgainst(): string | null {
  try {
    makeNetwork().remove();
    return null;
  } catch (error) {
    return `no network can be made: ${(error as Error).message.split('\n')[0] ?? ''}`;
  }
}

const reason = reasonAgainst();

/** A group of tests that needs networks of its own. Where the kernel allows none, it says so and is skipped. */
export function describeWithNetworks(name: string, tests: () => void): void {
  if (reason !== null) console.warn(`NOT RUN: ${name}: ${reason}`);
  describe.skipIf(reason !== null)(name, tests);
}
