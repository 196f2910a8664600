import { setProjectEnv } from '../../domain/projects/variables/set-project-env.ts';
import { unsetProjectEnv } from '../../domain/projects/variables/unset-project-env.ts';
import { mostVariables } from '../../domain/projects/variables/variable-scope.ts';
import { variableLimits } from '../../domain/definitions/environment-variables.ts';
import { mutationTarget } from '../../domain/rules/mutation-target.ts';
import { Conflict, InvalidInput, NotFound } from '../../errors.ts';
import { orders } from '../../store/reading/orders.ts';
import { needs } from '../../reading/selection.ts';
import { builder } from '../builder.ts';
import { Environment } from '../environments/environment.ts';
import { addUpdatedAt, variableFields } from '../fields.ts';
import { idOrPath } from '../naming/references.ts';
import { addUpdate, inputFields, type InputFields } from '../verb.ts';
import { Project } from './project.ts';

const ProjectVariable = builder.prismaObject('ProjectVariable', {
  fields: (t) => ({
    name: t.exposeString('name'),
    value: t.exposeString('value', { nullable: true }),
    isSensitive: t.boolean({
      description: 'Whether it is a secret, of which readers never see the value.',
      ...needs('value'),
      resolve: ({ value }) => value === null,
    }),
    environment: t.readOne('environment', {
      description: 'The environment whose runs get it. Null when all runs of the project do.',
    }),
  }),
});

addUpdatedAt(ProjectVariable);

const byName = builder.readOrder(
  'ProjectVariable',
  { NAME: { columns: orders.name, description: 'Name.' } },
  { field: 'NAME', direction: 'ASC' },
);

builder.prismaObjectFields(Project, (t) => ({
  variables: t.readMany('variables', {
    description: 'The environment variables that its runs get, those of its environments included.',
    order: byName,
  }),
}));

builder.prismaObjectFields(Environment, (t) => ({
  variables: t.readMany('variables', {
    description:
      'The environment variables that its runs get beside those of the project, and in place of those with the same name.',
    order: byName,
  }),
}));

const ProjectVariableInput = builder.inputType('ProjectVariableInput', {
  description: 'An environment variable to give to runs.',
  fields: (t) => ({
    ...variableFields(t),
    isSensitive: t.boolean({
      description:
        'Whether it is a secret. Also without this, it is one when its name sounds like it, when it belongs to a sensitive setting of a plugin, and when it has an address with a password.',
    }),
  }),
});

const scope = (t: InputFields) => ({
  project: t.id({ required: true, description: idOrPath('Project') }),
  environment: t.id({
    description: `${idOrPath('Environment')} Only its runs get the variables. When absent, all runs of the project do.`,
  }),
});

addUpdate({
  name: 'setProjectEnv',
  description: [
    `Sets environment variables that runs of a project get, managed or imported. Those that are not given stay. A project has at most ${mostVariables}, and each of its environments too.`,
    'The value of a secret is encrypted with the key of the data directory (`secret.key`), is never shown again, and is hidden in logs. A variable of a run itself wins over one of its environment, and that over one of the project.',
  ].join('\n\n'),
  input: inputFields((t) => ({
    ...scope(t),
    variables: t.field({
      type: [ProjectVariableInput],
      required: true,
      description: 'The variables to set.',
    }),
  })),
  success: { field: 'project', node: Project, table: 'Project', description: 'The project as it is now.' },
  refusals: [NotFound, InvalidInput, Conflict],
  target: (db, { project }) => mutationTarget(db, 'Project', project, ['input', 'project']),
  verb: setProjectEnv,
});

addUpdate({
  name: 'unsetProjectEnv',
  description: 'Removes environment variables that runs of a project get. Those that are not set stay unset.',
  input: inputFields((t) => ({
    ...scope(t),
    names: t.stringList({
      required: true,
      maxLength: variableLimits.nameLength,
      description: 'Names of the variables.',
    }),
  })),
  success: { field: 'project', node: Project, table: 'Project', description: 'The project as it is now.' },
  refusals: [NotFound, InvalidInput, Conflict],
  target: (db, { project }) => mutationTarget(db, 'Project', project, ['input', 'project']),
  verb: unsetProjectEnv,
});
