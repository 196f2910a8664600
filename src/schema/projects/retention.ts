import { mostOf, ownRetention, retentionNames, type Retention } from '../../domain/retention-limits.ts';
import { setRetention } from '../../domain/retention/set-retention.ts';
import { mutationTarget } from '../../domain/rules/mutation-target.ts';
import { InvalidInput, NotFound } from '../../errors.ts';
import { needs } from '../../reading/selection.ts';
import { builder } from '../builder.ts';
import { idOrPath } from '../naming/references.ts';
import { addUpdate, inputFields, type InputFields } from '../verb.ts';
import { Project } from './project.ts';

/** What each of them says, for the type and for the input. */
const texts: Record<keyof Retention, string> = {
  runDays:
    'For how many days a run is kept after its end, with all that belongs to it. States and their versions stay.',
  runsPerJob: 'How many runs of each job are kept: the newest ones that have ended.',
  logDays: 'For how many days the lines of a run are kept after its end. The run itself stays.',
  logsPerJob: 'Of how many runs of each job the lines are kept: the newest ones that have ended.',
  logMegabytes:
    'About how many megabytes of lines the project keeps: those of its newest runs. Of a run that has ended, all lines are kept or none.',
  stateVersionDays: 'For how many days a former version of a state is kept. The state as it is stays.',
  versionsPerState: 'How many versions of each state are kept: the newest ones.',
  tickDays:
    'For how many days a tick of a schedule is kept. A backfill takes a tick that was removed for a missing one.',
  ticksPerSchedule: 'How many ticks of each schedule are kept: the newest ones.',
};

const RetentionType = builder.objectRef<Retention & { isDefault: boolean }>('Retention').implement({
  description:
    'For how long what runs leave is kept. What is null is kept for ever. A worker removes the rest in the background, within minutes. Never removed are: a run that has not ended, the newest success of a job, what a run that has not ended repeats, the failures for which a schedule is paused (`pauseAfterFailures`), runs of a backfill that has not ended, and the newest tick of a schedule.',
  fields: (t) => ({
    isDefault: t.exposeBoolean('isDefault', {
      description:
        "Whether the gateway's settings say it. False when `setRetention` has said it for the project.",
    }),
    ...Object.fromEntries(
      retentionNames.map((name) => [name, t.exposeInt(name, { nullable: true, description: texts[name] })]),
    ),
  }),
});

builder.prismaObjectField(Project, 'retention', (t) =>
  t.field({
    type: RetentionType,
    description: 'For how long what its runs leave is kept.',
    ...needs('retention'),
    resolve: ({ retention }, _args, { gateway }) => ({
      ...(ownRetention(retention) ?? gateway.retention),
      isDefault: retention === null,
    }),
  }),
);

const RetentionInput = builder.inputType('RetentionInput', {
  description: 'For how long what runs leave is kept. What is absent or null is kept for ever.',
  fields: (t: InputFields) => ({
    runDays: limit(t, 'runDays'),
    runsPerJob: limit(t, 'runsPerJob'),
    logDays: limit(t, 'logDays'),
    logsPerJob: limit(t, 'logsPerJob'),
    logMegabytes: limit(t, 'logMegabytes'),
    stateVersionDays: limit(t, 'stateVersionDays'),
    versionsPerState: limit(t, 'versionsPerState'),
    tickDays: limit(t, 'tickDays'),
    ticksPerSchedule: limit(t, 'ticksPerSchedule'),
  }),
});

function limit(t: InputFields, name: keyof Retention) {
  return t.int({ description: `${texts[name]} From 1 to ${mostOf(name).toLocaleString('en')}.` });
}

addUpdate({
  name: 'setRetention',
  description:
    'Says for how long what the runs of a project leave is kept, as a whole: what is not named is kept for ever. What is older then is removed within minutes, and nothing brings it back.',
  input: inputFields((t) => ({
    project: t.id({ required: true, description: idOrPath('Project') }),
    retention: t.field({
      type: RetentionInput,
      description: "For how long. Absent or null: as the gateway's settings say.",
    }),
  })),
  success: { field: 'project', node: Project, table: 'Project', description: 'The project as it is now.' },
  refusals: [NotFound, InvalidInput],
  target: (db, { project }) => mutationTarget(db, 'Project', project, ['input', 'project']),
  verb: setRetention,
});
