import { cancelRun } from '../../domain/runs/cancel-run.ts';
import { deleteRun } from '../../domain/runs/delete-run.ts';
import { discoverStreams } from '../../domain/runs/discover-streams.ts';
import { installPlugins } from '../../domain/runs/install-plugins.ts';
import { retryRun } from '../../domain/runs/retry-run.ts';
import { runCommand } from '../../domain/runs/run-command.ts';
import { runJob } from '../../domain/runs/run-job.ts';
import { Conflict, InvalidInput, NotFound, WrongStatus } from '../../errors.ts';
import { builder } from '../builder.ts';
import { Run } from './run.ts';
import { envField, runOptions, startFields, timeoutField } from './run-options.ts';
import { addResult, addVerb, inputFields } from '../verb.ts';
import { idOrPath, idsOrPaths } from '../naming/references.ts';

const success = { field: 'run', node: Run, table: 'Run' } as const;

addVerb({
  name: 'runJob',
  description:
    'Starts a run of a job. The answer comes at once, with the run QUEUED. Follow it with `runLogs` and `runUpdated`.',
  input: inputFields((t) => ({
    job: t.id({ required: true, description: idOrPath('Job') }),
    ...runOptions(t),
    ...startFields(t),
  })),
  success: { ...success, description: 'The run, QUEUED.' },
  refusals: [NotFound, InvalidInput, Conflict],
  verb: runJob,
  hasOwnRules: true,
});

addVerb({
  name: 'runCommand',
  description:
    "Starts a run of blocks that are given as a command line. The blocks are first checked against the project's plugins. The answer comes at once, with the run QUEUED.",
  input: inputFields((t) => ({
    environment: t.id({
      required: true,
      description: idOrPath('Environment'),
    }),
    command: t.string({
      required: true,
      description:
        'Blocks separated by blanks, as `meltano run` takes them, such as `tap-csv drop-email target-jsonl dbt:run`.',
    }),
    ...runOptions(t),
    ...startFields(t),
  })),
  success: { ...success, description: 'The run, QUEUED.' },
  refusals: [NotFound, InvalidInput, Conflict],
  verb: runCommand,
  hasOwnRules: true,
});

addVerb({
  name: 'installPlugins',
  description:
    'Starts a run that installs plugins of a project (`meltano install`). The answer comes at once, with the run QUEUED.',
  input: inputFields((t) => ({
    project: t.id({ required: true, description: idOrPath('Project') }),
    plugins: t.idList({
      maxEntries: 1000,
      description: `${idsOrPaths('Plugin', 'plugins of the project')} When absent, all plugins that have something to install.`,
    }),
    timeoutSeconds: timeoutField(t),
  })),
  success: { ...success, description: 'The run, QUEUED.' },
  refusals: [NotFound, InvalidInput, Conflict],
  verb: installPlugins,
  hasOwnRules: true,
});

addVerb({
  name: 'discoverStreams',
  description: [
    'Starts a run of kind DISCOVER (`meltano select`). It lists the streams and properties that an extractor can read in an environment, and which of them its `select` selects. The answer comes at once, with the run QUEUED.',
    'When the run succeeds, `Plugin.catalog` has the new result. Until then, and when the run fails, `Plugin.catalog` keeps the former one. The run fails when the result has more than 5,000,000 characters.',
    'The extractor reads from the real source, unless Meltano has kept a catalog that fits the configuration. The run has no blocks and waits for no other run.',
  ].join('\n\n'),
  input: inputFields((t) => ({
    plugin: t.id({
      required: true,
      description: idOrPath('Plugin', "an extractor of the environment's project"),
    }),
    environment: t.id({
      required: true,
      description: idOrPath('Environment', 'the environment whose configuration is used'),
    }),
    refreshCatalog: t.boolean({
      description:
        'Ask the source again, even when Meltano has kept a catalog that fits (`--refresh-catalog`). False when absent.',
    }),
    env: envField(t),
    timeoutSeconds: timeoutField(t),
  })),
  success: { ...success, description: 'The run, QUEUED.' },
  refusals: [NotFound, InvalidInput, Conflict],
  verb: discoverStreams,
  hasOwnRules: true,
});

addVerb({
  name: 'retryRun',
  description: [
    'Starts a new run with the input of a run that ended without success. The answer comes at once, with the new run QUEUED.',
    'The new run has the same command, options, environment variables (also sensitive ones) and timeout, in the same environment and for the same job. The command is that of the former run, even when its job has changed since. It is checked against the current plugins.',
    'Sensitive variables of an ended run are kept encrypted. A gateway that does not have the key refuses the retry as `Conflict`.',
    'Refused for a run that succeeded; `runJob` starts another one. Also refused for a run of a service; `startService` starts the service.',
  ].join('\n\n'),
  input: inputFields((t) => ({
    run: t.id({ required: true, description: idOrPath('Run') }),
    fromFailedBlock: t.boolean({
      description:
        'Leave out the blocks before the first one that did not succeed. Refused as `WrongStatus` for a run without a FAILED block, such as a cancelled run. False when absent.',
    }),
  })),
  success: { ...success, description: 'The new run, QUEUED. Its `retryOf` leads to the former run.' },
  refusals: [NotFound, InvalidInput, Conflict, WrongStatus],
  verb: retryRun,
  hasOwnRules: true,
});

addVerb({
  name: 'cancelRun',
  description: [
    'Asks a run to stop. A queued run is CANCELLED at once. A running run becomes CANCELLING: its processes are asked to end, and they are killed if they have not ended after the grace time. Then the run is CANCELLED. What its loader has confirmed is kept.',
    'For a run of a service, this ends the process, but does not stop the service. With the policy ALWAYS the service starts again; with another policy it stays STOPPED. `stopService` stops it with every policy.',
  ].join('\n\n'),
  input: inputFields((t) => ({
    run: t.id({ required: true, description: idOrPath('Run') }),
  })),
  success: { field: 'run', node: Run, table: 'Run', description: 'The run, CANCELLED or CANCELLING.' },
  refusals: [NotFound, InvalidInput, WrongStatus],
  verb: cancelRun,
});

const DeleteRunSuccess = builder.objectRef<{ deletedId: string }>('DeleteRunSuccess').implement({
  description: 'What `deleteRun` answers when it succeeds.',
  fields: (t) => ({
    deletedId: t.exposeID('deletedId', { description: 'Id of the deleted run.' }),
  }),
});

addResult({
  name: 'deleteRun',
  description:
    'Deletes a run for good, with its blocks, its log and its metrics. States and their versions stay, but no longer lead to the run. A run that has not ended is refused; cancel it first.',
  input: inputFields((t) => ({
    run: t.id({ required: true, description: idOrPath('Run') }),
  })),
  type: DeleteRunSuccess,
  refusals: [NotFound, InvalidInput, WrongStatus],
  resolve: deleteRun,
});
