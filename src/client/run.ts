import { randomUUID } from 'node:crypto';
import { accepted } from './accepted.ts';
import { UsageError } from './arguments.ts';
import { followRun } from './follow-run.ts';
import { RunCommandDocument, RunJobDocument } from './operations.ts';
import { exitCodes, type Command, type Session } from './session.ts';

/** Starts a job, or blocks in an environment. */
export const run: Command = async (session) => {
  const id = await start(session);
  if (session.given.follow) return followRun(session, id);
  session.terminal.print(session.given.json ? JSON.stringify({ run: { id } }) : id);
  return exitCodes.succeeded;
};

async function start({ given, gateway }: Session): Promise<string> {
  const [target, ...blocks] = given.words;
  if (target === undefined) throw new UsageError('Name a job, or an environment and blocks.');
  const { env, fullRefresh } = given;
  // With a key it can be sent again, when nobody knows whether it has arrived.
  const options = { env, fullRefresh, clientRequestId: given.requestId ?? randomUUID() };
  if (blocks.length === 0) {
    const { runJob } = await gateway.send(RunJobDocument, { input: { job: target, ...options } });
    return accepted(runJob, 'RunJobSuccess').run.id;
  }
  const input = { environment: target, command: blocks.join(' '), ...options };
  const { runCommand } = await gateway.send(RunCommandDocument, { input });
  return accepted(runCommand, 'RunCommandSuccess').run.id;
}
