import { createEnvironment, deleteEnvironment, updateEnvironment } from '../../domain/environment.ts';
import { subjectOf } from '../../domain/subject.ts';
import { AlreadyExists, Busy, Conflict, InvalidInput, NotFound } from '../../errors.ts';
import { Environment } from '../environment.ts';
import { force } from './force.ts';
import { EnvironmentPluginInput, envField } from './plugin-values.ts';
import { addVerb, inputFields, type InputFields } from './verb.ts';

const environment = (t: InputFields) =>
  t.id({ required: true, description: 'Id or path (`project/environment`) of the environment.' });

const managedFields = (t: InputFields) => ({
  env: envField(t),
  plugins: t.field({
    type: [EnvironmentPluginInput],
    description:
      'What plugins are configured with in this environment, in front of their own configuration. Plugins that are absent keep what they have here.',
  }),
});

addVerb({
  name: 'createEnvironment',
  description:
    'Adds an environment to a managed project. A `Conflict` for an imported project, whose `meltano.yml` the gateway does not write.',
  input: inputFields((t) => ({
    project: t.id({ required: true, description: 'Id or path (its name) of the project.' }),
    name: t.string({
      required: true,
      description:
        'Name, unique in the project: 1 to 128 characters, without `/`, `:` and blanks, not beginning with `-`.',
    }),
    stateIdSuffix: t.string({
      description:
        "Last part of the state ids of the environment's runs: 1 to 100 characters, without `:`, `/`, `$` and blanks.",
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

addVerb({
  name: 'updateEnvironment',
  description:
    'Changes those fields of an environment that are given. Runs that were asked for before keep their state ids. `env` and `plugins` are for managed projects: `meltano.yml` of an imported project is not written. A later import changes the environment only when its definition there changes.',
  input: inputFields((t) => ({
    environment: environment(t),
    stateIdSuffix: t.string({
      description:
        "Last part of the state ids of the environment's runs: 1 to 100 characters, without `:`, `/`, `$` and blanks. Null for none, which is a `Conflict` for an imported environment that has one: Meltano would take the one in `meltano.yml`. States under the present ids stay where they are.",
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
  subject: (db, { environment }) => subjectOf(db, 'Environment', environment, ['input', 'environment']),
  verb: updateEnvironment,
});

addVerb({
  name: 'deleteEnvironment',
  description:
    'Deletes an environment: it disappears from lists and names, and its runs and states with it; at its `purgeTime` all of that is removed for good; `undelete` brings it back. Refused while a run of it has not ended, and while there are jobs, schedules, services or states in it, unless `force`. `meltano.yml` of an imported project is not written, and later imports leave the environment deleted until its definition there changes.',
  input: inputFields((t) => ({
    environment: environment(t),
    force: force(t, 'its jobs, schedules, services and states'),
  })),
  success: {
    field: 'environment',
    node: Environment,
    table: 'Environment',
    description: 'The deleted environment, with its `deleteTime`.',
  },
  refusals: [NotFound, InvalidInput, Conflict, Busy],
  subject: (db, { environment }) => subjectOf(db, 'Environment', environment, ['input', 'environment']),
  verb: deleteEnvironment,
});
