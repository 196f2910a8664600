// Loaded before a gateway by `node --import`: kills its process when it has come to each window that the file CRASH_AT
// names, one on a line, followed by the id of the run when it is only for this one. Until then it waits there.
import { subscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';

const reached = new Set();

subscribe('meltano-graphql.crash-window', ({ window, id, holdFor }) => {
  const due = readFileSync(process.env.CRASH_AT, 'utf8').split('\n');
  const here = due.find((line) => [window, `${window} ${id}`].includes(line));
  if (here === undefined) return;
  reached.add(here);
  // Nothing more is done, even if the signal takes a moment.
  holdFor(new Promise(() => {}));
  if (due.every((line) => reached.has(line))) process.kill(process.pid, 'SIGKILL');
});
