import { accepted } from './accepted.ts';
import { UsageError } from './arguments.ts';
import { printLines } from './follow-run.ts';
import { Refused } from './gateway.ts';
import { CancelRunDocument, SetStateDocument, StateDocument } from './operations.ts';
import { exitCodes, type Command, type Session } from './session.ts';

/** Prints the lines of a run. */
export const logs: Command = async (session) => {
  await printLines(session, only(session));
  return exitCodes.succeeded;
};

/** Asks a run to stop. */
export const cancel: Command = async (session) => {
  const { given, gateway, terminal } = session;
  const { cancelRun } = await gateway.send(CancelRunDocument, { input: { run: only(session) } });
  const { run } = accepted(cancelRun, 'CancelRunSuccess');
  terminal.print(given.json ? JSON.stringify({ run }) : run.status);
  return exitCodes.succeeded;
};

/** Prints a state document, or replaces it. */
export const state: Command = async ({ given, gateway, terminal }) => {
  const [action, path = '', file = '-', ...more] = given.words;
  const [, environment = '', stateId = ''] = /^([^/]+\/[^/]+)\/(.+)$/s.exec(path) ?? [];
  if (stateId === '' || more.length > 0) throw new UsageError('Name a state by its path.');
  if (action === 'set') {
    const input = { environment, stateId, document: { text: await terminal.read(file) } };
    const { setState } = await gateway.send(SetStateDocument, { input });
    const written = accepted(setState, 'SetStateSuccess').state;
    terminal.print(
      given.json ? JSON.stringify({ state: written }) : `${written.path} version ${written.version}`,
    );
    return exitCodes.succeeded;
  }
  if (action !== 'get' || given.words.length > 2)
    throw new UsageError('There are "state get" and "state set".');
  const { state: found } = await gateway.send(StateDocument, { state: path });
  if (!found) throw new Refused(`NOT_FOUND There is no state ${path}.`);
  const { merged, ...others } = found;
  // The text, and not the value, since JavaScript would round large numbers.
  terminal.print(
    given.json ? `{"state":${JSON.stringify(others).slice(0, -1)},"document":${merged.text}}}` : merged.text,
  );
  return exitCodes.succeeded;
};

/** Sends an operation of the user's own. */
export const query: Command = async ({ given, gateway, terminal }) => {
  const [file, ...more] = given.words;
  if (file === undefined || more.length > 0)
    throw new UsageError('Name the file of the operation, or - for the input.');
  const answer = await gateway.ask(await terminal.read(file), given.variables);
  terminal.print(JSON.stringify(answer, null, given.json ? undefined : 2));
  return answer.errors ? exitCodes.refused : exitCodes.succeeded;
};

function only({ given: { words } }: Session): string {
  const [run] = words;
  if (run === undefined || words.length > 1)
    throw new UsageError('Name one run, by its id or the path of its job.');
  return run;
}
