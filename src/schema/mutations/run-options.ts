import { StateStrategy } from '../enums.ts';
import { EnvironmentVariableInput } from '../fields.ts';
import type { InputFields } from './verb.ts';

/** How long a run may take. */
export const timeoutField = (t: InputFields) =>
  t.int({
    description: 'Longest time the run may take, in seconds, from 1 to 2,592,000; no limit when absent.',
  });

/** Environment variables for a run. */
export const envField = (t: InputFields) =>
  t.field({
    type: [EnvironmentVariableInput],
    description:
      "Environment variables for this run alone, such as `TAP_CSV_PATH` for the setting `path` of `tap-csv`. At most 100. They win over the project's files.",
  });

/** What callers choose for a run of blocks. */
export const runOptions = (t: InputFields) => ({
  fullRefresh: t.boolean({
    description: 'Ignore stored state and the cached catalog, and load everything again (`--full-refresh`).',
  }),
  refreshCatalog: t.boolean({ description: 'Discover the catalog anew (`--refresh-catalog`).' }),
  noStateUpdate: t.boolean({
    description: 'Neither read nor write state (`--no-state-update`). Such a run waits for no other.',
  }),
  stateIdSuffix: t.string({
    description:
      "Last part of the state ids, in place of the environment's (`--state-id-suffix`). 1 to 100 characters, without `:`, `/` and blanks.",
  }),
  stateStrategy: t.field({
    type: StateStrategy,
    description: 'Which state document the run writes (`--state-strategy`); AUTO when absent.',
  }),
  env: envField(t),
  timeout: timeoutField(t),
});
