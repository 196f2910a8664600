import { discoverStreams } from '../../domain/discover-streams.ts';
import { installPlugins } from '../../domain/install-plugins.ts';
import { retryRun } from '../../domain/retry-run.ts';
import { runCommand } from '../../domain/run-command.ts';
import { runJob } from '../../domain/run-job.ts';
import { Conflict, InvalidInput, NotFound, WrongStatus } from '../../errors.ts';
import { Run } from '../run.ts';
import { envField, runOptions, timeoutField } from './run-options.ts';
import { addVerb, inputFields } from './verb.ts';

const success = { field: 'run', node: Run, table: 'Run' } as const;

addVerb({
  name: 'runJob',
  description:
    'Starts a run of a job and answers at once with the run, QUEUED. Follow it with `runLogs` and `runUpdated`. A verb of its own since it starts a process, beyond storing a row.',
  input: inputFields((t) => ({
    job: t.id({ required: true, description: 'Id or path (`project/environment/job`) of the job.' }),
    ...runOptions(t),
  })),
  success: { ...success, description: 'The run, QUEUED.' },
  refusals: [NotFound, InvalidInput, Conflict],
  verb: runJob,
  hasOwnRules: true,
});

addVerb({
  name: 'runCommand',
  description:
    "Starts a run of blocks that are given as a command line, and answers at once with the run, QUEUED. The blocks are checked against the project's plugins before. A verb of its own since it starts a process.",
  input: inputFields((t) => ({
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
  hasOwnRules: true,
});

addVerb({
  name: 'installPlugins',
  description:
    'Starts a run that installs plugins of a project (`meltano install`), and answers at once with the run, QUEUED. A verb of its own since it starts a process.',
  input: inputFields((t) => ({
    project: t.id({ required: true, description: 'Id or path (its name) of the project.' }),
    plugins: t.stringList({
      description: 'Names of the plugins; all that have something to install when absent.',
    }),
    timeout: timeoutField(t),
  })),
  success: { ...success, description: 'The run, QUEUED.' },
  refusals: [NotFound, InvalidInput, Conflict],
  verb: installPlugins,
  hasOwnRules: true,
});

addVerb({
  name: 'discoverStreams',
  description:
    'Starts a run of kind DISCOVER, which lists the streams and properties of an extractor and which of them its `select` selects in an environment (`meltano select`), and answers at once with the run, QUEUED. When it succeeds, `Plugin.catalog` holds what it found; until then, and when it fails, what was found before. The extractor reads from the real source for it, unless Meltano still has a catalog that fits its configuration. The run has no blocks and waits for no other run. It fails when there are more than 5,000,000 characters to list. A verb of its own since it starts a process.',
  input: inputFields((t) => ({
    plugin: t.id({
      required: true,
      description: "Id of an extractor, or its name in the environment's project.",
    }),
    environment: t.id({
      required: true,
      description: 'Id or path (`project/environment`) of the environment whose configuration holds.',
    }),
    refreshCatalog: t.boolean({
      description:
        'Ask the source again, even when a kept catalog fits (`--refresh-catalog`); false when absent.',
    }),
    env: envField(t),
    timeout: timeoutField(t),
  })),
  success: { ...success, description: 'The run, QUEUED.' },
  refusals: [NotFound, InvalidInput, Conflict],
  verb: discoverStreams,
  hasOwnRules: true,
});

addVerb({
  name: 'retryRun',
  description:
    'Starts a run with the input of one that has ended and has not succeeded, and answers at once with the new run, QUEUED: the same command, options, environment variables (sensitive ones too) and timeout, in the same environment, for the same job. The command is the one of that run, not what its job has become since, and is checked against the present plugins. A run that succeeded is refused; start another with `runJob`. So is a run of a service, which `startService` starts. A verb of its own since it starts a process.',
  input: inputFields((t) => ({
    run: t.id({ required: true, description: "Id of the run, or path of a job for the job's newest run." }),
    fromFailedBlock: t.boolean({
      description:
        'Leave out the blocks before the first one that did not succeed. Refused as `WrongStatus` for a run without a block that is FAILED, such as one that was cancelled. False when absent.',
    }),
  })),
  success: { ...success, description: 'The new run, QUEUED; its `retryOf` leads to the other one.' },
  refusals: [NotFound, InvalidInput, Conflict, WrongStatus],
  verb: retryRun,
  hasOwnRules: true,
});
