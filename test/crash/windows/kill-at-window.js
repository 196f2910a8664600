// Loaded before a gateway by `node --import`: kills its process at the window that the file CRASH_AT names, followed by
// the id of the run when it is only for this one.
import { subscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';

subscribe('meltano-graphql.crash-window', ({ window, id, holdFor }) => {
  if (![window, `${window} ${id}`].includes(readFileSync(process.env.CRASH_AT, 'utf8'))) return;
  // Nothing more is done, even if the signal takes a moment.
  holdFor(new Promise(() => {}));
  process.kill(process.pid, 'SIGKILL');
});
