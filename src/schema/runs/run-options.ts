import { RunPriority, StateStrategy } from '../enums.ts';
import { EnvironmentVariableInput, labelLimits, suffixLimit } from '../fields.ts';
import { RetryPolicyInput } from './retry-policy-input.ts';
import type { InputFields } from '../verb.ts';

export const timeoutField = (t: InputFields) =>
  t.int({
    description: 'Longest time that the run may take, in seconds, from 1 to 2,592,000. No limit when absent.',
  });

export const envField = (t: InputFields) =>
  t.field({
    type: [EnvironmentVariableInput],
    description:
      "Environment variables for this run only. They win over the project's files. `TAP_CSV_PATH`, for example, sets the setting `path` of `tap-csv`. Variables that the gateway sets itself are refused, and so are those that can make a program run other code, such as `PATH` and `PYTHONPATH`, unless the gateway is started with `--allow-env`.",
  });

/** When a run may start. */
export const startFields = (t: InputFields) => ({
  runAt: t.field({
    type: 'DateTime',
    description:
      'The run does not start before this time, which is at most a year ahead; a worker takes it within five seconds after it. A time in the past is no condition. At once when absent.',
  }),
  delaySeconds: t.int({
    description:
      'The run does not start before so many seconds have passed, 0 to 31,536,000. In place of `runAt`. 0 when absent.',
  }),
});

/** The options of a run of blocks. */
export const runOptions = (t: InputFields) => ({
  fullRefresh: t.boolean({
    description:
      'Ignore the stored state and the cached catalog, and load everything again (`--full-refresh`). False when absent.',
  }),
  refreshCatalog: t.boolean({
    description: 'Discover the catalog again (`--refresh-catalog`). False when absent.',
  }),
  noStateUpdate: t.boolean({
    description:
      'Neither read nor write state (`--no-state-update`). Such a run waits for no other run. False when absent.',
  }),
  stateIdSuffix: t.string({
    ...suffixLimit,
    description:
      "Last part of the state ids (`--state-id-suffix`): not empty, without `:`, `/` and blanks. The environment's when absent.",
  }),
  stateStrategy: t.field({
    type: StateStrategy,
    description: 'Which state document the run writes (`--state-strategy`). AUTO when absent.',
  }),
  env: envField(t),
  timeoutSeconds: timeoutField(t),
  expiresAfterSeconds: t.int({
    description:
      'The run ends as CANCELLED when it has not started so many seconds after its request, or after its `runAt`, whatever it waits for: 1 to 31,536,000. Each further attempt has the same time to start. It waits as long as it takes when absent.',
  }),
  retryPolicy: t.field({
    type: RetryPolicyInput,
    description:
      'How the run is retried when it does not succeed. As the `retryPolicy` of its job says when absent; not at all for a run without a job.',
  }),
  priority: t.field({
    type: RunPriority,
    description:
      "How soon the run starts, compared with others of its environment that wait for a worker. Its job's `priority` when absent.",
  }),
  labels: t.stringList({
    ...labelLimits,
    description:
      "Labels that the worker must have, such as `gpu`: letters, digits and the signs `. _ = / -`. The run waits until such a worker is there. Its job's `labels` when absent; none for a run without a job.",
  }),
});
