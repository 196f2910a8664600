import { cancelRun } from '../../domain/cancel-run.ts';
import { installPlugins } from '../../domain/install-plugins.ts';
import { runCommand } from '../../domain/run-command.ts';
import { runJob } from '../../domain/run-job.ts';
import { Conflict, InvalidInput, NotFound, WrongStatus } from '../../errors.ts';
import { StateStrategy } from '../enums.ts';
import { EnvironmentVariableInput } from '../fields.ts';
import { Run } from '../run.ts';
import { addVerb, verbInput, type InputFields } from './verb.ts';

const clientRequestId = (t: InputFields) =>
  t.string({
    description:
      'A key of your choice, 1 to 200 characters. Sending the same input with the same key again gives the first answer again and starts nothing; another input with the key is a `Conflict`. Keys are kept for at least 24 hours.',
  });

const timeout = (t: InputFields) =>
  t.int({
    description: 'Longest time the run may take, in seconds, from 1 to 2,592,000; no limit when absent.',
  });

const runOptions = (t: InputFields) => ({
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
  env: t.field({
    type: [EnvironmentVariableInput],
    description:
      "Environment variables for this run alone, such as `TAP_CSV_PATH` for the setting `path` of `tap-csv`. At most 100. They win over the project's files.",
  }),
  timeout: timeout(t),
  clientRequestId: clientRequestId(t),
});

const success = { field: 'run', node: Run, table: 'Run' } as const;

addVerb({
  name: 'runJob',
  description:
    'Starts a run of a job and answers at once with the run, QUEUED. Follow it with `runLogs` and `runUpdated`. A verb of its own since it starts a process, beyond storing a row.',
  input: verbInput('runJob', (t) => ({
    job: t.id({ required: true, description: 'Id or path (`project/environment/job`) of the job.' }),
    ...runOptions(t),
  })),
  success: { ...success, description: 'The run, QUEUED.' },
  refusals: [NotFound, InvalidInput, Conflict],
  verb: runJob,
});

addVerb({
  name: 'runCommand',
  description:
    "Starts a run of blocks that are given as a command line, and answers at once with the run, QUEUED. The blocks are checked against the project's plugins before. A verb of its own since it starts a process.",
  input: verbInput('runCommand', (t) => ({
    environment: t.id({
      required: true,
      description: 'Id or path (`project/environment`) of the environment.',
    }),
    command: t.string({
      required: true,
      description:
        'Blocks separated by blanks, as after `meltano run`, such as `tap-csv drop-email target-jsonl dbt:run`.',
    }),
    ...runOptions(t),
  })),
  success: { ...success, description: 'The run, QUEUED.' },
  refusals: [NotFound, InvalidInput, Conflict],
  verb: runCommand,
});

addVerb({
  name: 'installPlugins',
  description:
    'Starts a run that installs plugins of a project (`meltano install`), and answers at once with the run, QUEUED. A verb of its own since it starts a process.',
  input: verbInput('installPlugins', (t) => ({
    project: t.id({ required: true, description: 'Id or path (its name) of the project.' }),
    plugins: t.stringList({
      description: 'Names of the plugins; all that have something to install when absent.',
    }),
    timeout: timeout(t),
    clientRequestId: clientRequestId(t),
  })),
  success: { ...success, description: 'The run, QUEUED.' },
  refusals: [NotFound, InvalidInput, Conflict],
  verb: installPlugins,
});

addVerb({
  name: 'cancelRun',
  description:
    'Asks a run to stop. A queued run is CANCELLED at once. A running one turns CANCELLING: its processes are asked to end, killed when they have not after the grace time, and the run is then CANCELLED; what its target acknowledged is kept. A verb of its own since it signals a process.',
  input: verbInput('cancelRun', (t) => ({
    run: t.id({ required: true, description: "Id of the run, or path of a job for the job's newest run." }),
  })),
  success: { ...success, description: 'The run, CANCELLED or CANCELLING.' },
  refusals: [NotFound, InvalidInput, WrongStatus],
  verb: cancelRun,
});
