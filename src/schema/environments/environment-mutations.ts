import { createEnvironment } from '../../domain/environments/create-environment.ts';
import { deleteEnvironment } from '../../domain/environments/delete-environment.ts';
import { updateEnvironment } from '../../domain/environments/update-environment.ts';
import { mutationTarget } from '../../domain/rules/mutation-target.ts';
import { AlreadyExists, Busy, Conflict, InvalidInput, NotFound } from '../../errors.ts';
import { EnvironmentSchedules } from '../enums.ts';
import { Environment } from './environment.ts';
import { force } from '../lifecycle/force.ts';
import { EnvironmentPluginInput, envField } from '../plugins/plugin-values.ts';
import { nameLimit, suffixLimit } from '../fields.ts';
import { addUpdate, addVerb, inputFields, type InputFields } from '../verb.ts';
import { idOrPath } from '../naming/references.ts';

const environment = (t: InputFields) => t.id({ required: true, description: idOrPath('Environment') });

const managedFields = (t: InputFields) => ({
  env: envField(t),
  plugins: t.field({
    type: [EnvironmentPluginInput],
    maxEntries: 1000,
    description:
      "Configuration of plugins in this environment. It wins over the plugin's own configuration. Plugins that are absent keep what they have here.",
  }),
});

addVerb({
  name: 'createEnvironment',
  description: 'Adds an environment to a managed project. Refused as a `Conflict` for an imported project.',
  input: inputFields((t) => ({
    project: t.id({ required: true, description: idOrPath('Project') }),
    name: t.string({
      required: true,
      ...nameLimit,
      description:
        'Name of the environment, unique in the project: not empty, without `/`, `:` and blanks; the first character is not `-`.',
    }),
    stateIdSuffix: t.string({
      ...suffixLimit,
      description:
        "Last part of the state ids of the environment's runs: not empty, without `:`, `/`, `$` and blanks. None when absent.",
    }),
    ...managedFields(t),
  })),
  success: {
    field: 'environment',
    node: Environment,
    table: 'Environment',
    description: 'The new environment.',
  },
  refusals: [NotFound, InvalidInput, AlreadyExists, Conflict],
  verb: createEnvironment,
});

addUpdate({
  name: 'updateEnvironment',
  description:
    'Changes the given fields of an environment. Runs that were requested before keep their state ids. Give `env` and `plugins` for a managed project only. A later import changes the environment only when its definition in `meltano.yml` changes.',
  input: inputFields((t) => ({
    environment: environment(t),
    stateIdSuffix: t.string({
      ...suffixLimit,
      description:
        "Last part of the state ids of the environment's runs: not empty, without `:`, `/`, `$` and blanks. Null removes it. That is a `Conflict` for an imported environment whose `meltano.yml` has one. States with the current ids stay where they are.",
    }),
    schedules: t.field({
      type: EnvironmentSchedules,
      description:
        'Whether imported schedules are enabled in this environment, those of later imports, too. ENABLED enables the ones whose `pauseReason` is ENVIRONMENT. PAUSED pauses all imported ones. When absent, this stays as it is.',
    }),
    ...managedFields(t),
  })),
  success: {
    field: 'environment',
    node: Environment,
    table: 'Environment',
    description: 'The environment as it is now.',
  },
  refusals: [NotFound, InvalidInput, Conflict],
  target: (db, { environment }) => mutationTarget(db, 'Environment', environment, ['input', 'environment']),
  verb: updateEnvironment,
});

addVerb({
  name: 'deleteEnvironment',
  description: [
    "Deletes an environment with its runs and states. Lists and paths no longer show them. `undelete` brings them back until the environment's `purgesAt`, when all of it is removed for good.",
    'Refused while a run of the environment has not ended. Also refused while it has jobs, schedules, services or states, unless `force` is true.',
    'The `meltano.yml` of an imported project is not written. Later imports leave the environment deleted until its definition there changes.',
  ].join('\n\n'),
  input: inputFields((t) => ({
    environment: environment(t),
    force: force(t, 'its jobs, schedules, services and states'),
  })),
  success: {
    field: 'environment',
    node: Environment,
    table: 'Environment',
    description: 'The deleted environment, with its `deletedAt`.',
  },
  refusals: [NotFound, InvalidInput, Conflict, Busy],
  target: (db, { environment }) => mutationTarget(db, 'Environment', environment, ['input', 'environment']),
  verb: deleteEnvironment,
});
