import type { SettingKind } from '../domain/definitions/plugin-settings.ts';
import { errorCodes, invalidFieldCodes } from '../error-codes.ts';
import type { ResourceType as ResourceTypes } from '../errors.ts';
import type { ChangedType as ChangedTypes } from '../store/changes/changes.ts';
import { builder } from './builder.ts';

/** Makes a GraphQL enum, mostly of the store's enum of the same name. Every value needs a description. */
export function storeEnum<const Values extends Record<string, string>>(
  name: string,
  description: string,
  values: Values,
) {
  const described = Object.fromEntries(
    Object.entries(values).map(([value, meaning]) => [value, { description: meaning }]),
  ) as Record<keyof Values & string, { description: string }>;
  return builder.enumType(name, { description, values: described });
}

export const ErrorCode = storeEnum(
  'ErrorCode',
  'The kinds of refusal. Later releases may add values; treat a value that you do not know by its `message`.',
  errorCodes,
);

export const InvalidFieldCode = storeEnum(
  'InvalidFieldCode',
  'The kinds of mistake in an input. Later releases may add values; treat a value that you do not know by its `message`.',
  invalidFieldCodes,
);

export const ResourceType = builder.enumType('ResourceType', {
  description: 'The types of objects of which changes are listed.',
  values: {
    ENVIRONMENT: { value: 'Environment', description: 'An environment.' },
    JOB: { value: 'Job', description: 'A job of an environment.' },
    PLUGIN: { value: 'Plugin', description: 'A plugin of a project.' },
    PROJECT: { value: 'Project', description: 'A project itself.' },
    SCHEDULE: { value: 'Schedule', description: 'A schedule of an environment.' },
    SERVICE: { value: 'Service', description: 'A service of an environment.' },
    STATE: { value: 'State', description: 'A state of an environment.' },
  } satisfies Record<Uppercase<ResourceTypes>, { value: ResourceTypes; description: string }>,
});

export const ChangedType = builder.enumType('ChangedType', {
  description: 'The types of objects whose changes can be followed. Later releases may add values.',
  values: {
    ENVIRONMENT: { value: 'Environment', description: 'An environment of a project.' },
    JOB: { value: 'Job', description: 'A job of an environment.' },
    PLUGIN: { value: 'Plugin', description: 'A plugin of a project.' },
    PROJECT: { value: 'Project', description: 'A project itself.' },
    RUN: { value: 'Run', description: 'A run. Its lines, its counts and its blocks are no changes of it.' },
    SCHEDULE: { value: 'Schedule', description: 'A schedule of an environment.' },
    SERVICE: { value: 'Service', description: 'A service of an environment.' },
    STATE: { value: 'State', description: 'A state of an environment.' },
  } satisfies Record<Uppercase<ChangedTypes>, { value: ChangedTypes; description: string }>,
});

export const ChangeKind = storeEnum('ChangeKind', 'What has become of an object.', {
  CREATED: 'It was created, or brought back.',
  UPDATED: 'It was changed.',
  DELETED: 'It was deleted.',
});

export const ManifestMode = storeEnum('ManifestMode', 'Who owns the definition of a project.', {
  READ_ONLY:
    'An imported project. The gateway reads its files at each start and never writes them. Changes made through this API are kept in the database. A change stays until the files define the same object in another way than before.',
  MANAGED:
    "A project created through this API. The gateway keeps its `meltano.yml`, and this API edits it; comments are kept. Each change is checked by Meltano's loading rules. When a run finds the file on disk out of date, the gateway writes the whole file. Its directory is below `projects` in the data directory, and only the owner of the gateway's process can read it.",
});

export const PluginType = storeEnum('PluginType', 'The kinds of Meltano plugin.', {
  EXTRACTOR: 'Pulls data out of a source (a Singer tap).',
  LOADER: 'Writes data into a destination (a Singer target).',
  TRANSFORM: "A dbt package with models for an extractor's data.",
  ORCHESTRATOR: 'Starts pipelines at set times, such as Airflow.',
  TRANSFORMER: 'Runs transforms, such as dbt.',
  FILE: 'Files that are added to the project.',
  UTILITY: 'Any other command line tool.',
  MAPPER: 'Changes records between an extractor and a loader.',
});

export const PluginDefinition = storeEnum(
  'PluginDefinition',
  'Where the definition of a plugin (its settings, commands and capabilities) comes from.',
  {
    CUSTOM: 'From `meltano.yml` itself.',
    LOCKED: "From the project's lock file, `plugins/<type>/<name>[--<variant>].lock`.",
    INHERITED: 'From the plugin named by `inheritFrom`.',
    UNKNOWN: 'Not found in the project. Meltano would ask its Hub.',
  },
);

export const PluginSettingKind = builder.enumType('PluginSettingKind', {
  description: 'The kinds of value that a setting of a plugin can have, as Meltano knows them.',
  values: {
    STRING: { value: 'string', description: 'A text.' },
    INTEGER: { value: 'integer', description: 'A whole number.' },
    BOOLEAN: { value: 'boolean', description: 'True or false.' },
    DECIMAL: { value: 'decimal', description: 'A number, with or without a fraction.' },
    DATE_ISO8601: { value: 'date_iso8601', description: 'A date, or a date with a time (ISO 8601).' },
    EMAIL: { value: 'email', description: 'An e-mail address.' },
    PASSWORD: {
      value: 'password',
      description: 'A secret text. Meltano prefers STRING with `sensitive`.',
    },
    OAUTH: {
      value: 'oauth',
      description: 'What OAuth needs, a secret. Meltano prefers STRING with `sensitive`.',
    },
    OPTIONS: { value: 'options', description: 'One of several values.' },
    FILE: { value: 'file', description: 'The path of a file.' },
    ARRAY: { value: 'array', description: 'A JSON list.' },
    OBJECT: { value: 'object', description: 'A JSON object.' },
    HIDDEN: { value: 'hidden', description: 'A text that people need not see.' },
  } satisfies Record<Uppercase<SettingKind>, { value: SettingKind; description: string }>,
});

export const RunKind = storeEnum('RunKind', 'What a run does.', {
  RUN: '`meltano run`: executes a job or a list of blocks.',
  INSTALL: '`meltano install`: installs plugins.',
  TEST: '`meltano test`: runs the tests of plugins. A test is a command whose name begins with `test`.',
  PLUGIN_TEST: '`meltano config test`: tests the configuration of an extractor or a loader.',
  DISCOVER: '`meltano select`: lists the streams of an extractor, and which of them are selected.',
  SERVICE: '`meltano invoke`: one start of a service. It ends when its process ends or is stopped.',
});

export const RunLimitScope = storeEnum('RunLimitScope', 'What a limit of runs is for.', {
  PROJECT: 'The runs of a project.',
  ENVIRONMENT: 'The runs of an environment.',
  JOB: 'The runs of a job.',
  LABEL: 'The runs that ask for a label.',
});

export const RetryCause = storeEnum(
  'RetryCause',
  'The ends after which a run can be retried by a policy. Later releases may add values.',
  {
    FAILED: 'It ended as FAILED.',
    TIMED_OUT: 'It ended as TIMED_OUT.',
    LOST: 'It ended as LOST.',
    SHUTDOWN: 'It was stopped because its worker was shut down. It then ends as CANCELLED.',
  },
);

export const StatisticsInterval = storeEnum('StatisticsInterval', 'The length of the parts of a time.', {
  HOUR: 'Hours.',
  DAY: 'Days, from midnight to midnight.',
  WEEK: 'Weeks, which begin on Monday.',
});

export const WaitReasonCode = storeEnum('WaitReasonCode', 'Why a run has not started yet.', {
  NOT_BEFORE: 'It is not to start before its `runAt`.',
  LIMIT: 'As many runs of its project, its environment, its job or a label are executed as a limit allows.',
  POSITION:
    'Others come first: runs with a higher priority or an earlier request, or of an environment with fewer runs executed.',
  SLOTS: 'Each worker that can execute it has as many runs as it has slots.',
  STATE_HELD: 'Another run writes a state that it writes, too.',
  PLUGINS_HELD: "Another run installs the project's plugins.",
  SCHEDULE_HELD: 'An earlier run of its schedule has not ended.',
  WORKER_MISSING:
    'No worker can execute it: none has the labels that it asks for, or the files of its project, or none is there.',
});

export const WorkerStatus = storeEnum(
  'WorkerStatus',
  'What is known of a worker, by the clock of the database.',
  {
    ACTIVE: 'It takes runs.',
    DRAINING: 'It takes no new runs and ends those that it has: `drainWorker` or a signal asked it to.',
    SUSPECT:
      'It has given no sign of life for 15 seconds. It takes no runs while it cannot reach the database.',
    LOST: 'It has given no sign of life for so long that its runs are LOST. The row goes after a day.',
  },
);

export const RunTrigger = storeEnum('RunTrigger', 'What asked for a run.', {
  API: 'A mutation that starts one run, such as `runJob`.',
  BULK: '`runJobs`.',
  RETRY: '`retryRun` or `retryRuns`: it repeats another run.',
  SERVICE: 'A service: the run is one of its starts.',
  IMPORT: '`importSystemDatabase`: Meltano executed it, without this gateway.',
  SCHEDULE: 'A tick of a schedule.',
  BACKFILL: '`backfill`: it is for a time in the past.',
});

export const ScheduleOverlap = storeEnum(
  'ScheduleOverlap',
  'What a tick of a schedule does while an earlier run of the same schedule has not ended, be it queued or running. Runs of a backfill do not count, nor do runs of the same job that something else started.',
  {
    SKIP: 'It starts no run. The tick names the run that was in the way.',
    QUEUE:
      'Its run waits until the earlier one has ended. While a run waits, further ticks start none: at most one waits.',
    CANCEL_RUNNING: 'It cancels the earlier runs. Its own run starts when their last process has ended.',
    ALLOW:
      'Its run starts beside the earlier one. Runs that need the same state id still wait for each other; `Run.waitingFor` says so.',
  },
);

export const AfterRule = storeEnum(
  'AfterRule',
  'Which successes of jobs start a run of a schedule that follows them.',
  {
    ANY: 'Each success of any of the jobs.',
    ALL: 'The success of the last of them: each has succeeded since the last run was started. A job that was deleted is not waited for.',
  },
);

export const ScheduleCatchUp = storeEnum(
  'ScheduleCatchUp',
  'Which ticks of a schedule still run that were missed, for instance because no gateway was running.',
  {
    NONE: 'None.',
    LATEST: 'The newest one, if it is not older than the catch-up window.',
    ALL: 'Those that are not older than the catch-up window, at most as many as the catch-up limit says. They run one after the other, the oldest first.',
  },
);

export const SchedulePauseReason = storeEnum('SchedulePauseReason', 'Why a schedule is paused.', {
  REQUESTED: 'A mutation paused it, or made it paused.',
  ENVIRONMENT:
    'It was imported into an environment whose imported schedules are paused. `updateEnvironment(schedules: ENABLED)` enables all of these.',
  FAILURES: 'As many of its runs in a row have failed as its `pauseAfterFailures` says.',
});

export const EnvironmentSchedules = storeEnum(
  'EnvironmentSchedules',
  'Whether imports enable the schedules of an environment. In Meltano, schedules belong to no environment, so an import shows each of them in every environment.',
  {
    ENABLED: 'Imported schedules are enabled, and their jobs run.',
    PAUSED: 'Imported schedules are paused, each until it is resumed.',
  },
);

export const ScheduleProblemCode = storeEnum(
  'ScheduleProblemCode',
  'The kinds of problem that keep an enabled schedule from ever being due.',
  {
    BAD_INTERVAL: 'The interval is neither an alias nor a cron expression that can come due.',
    BAD_TIME_ZONE: 'The time zone is unknown.',
    ENDED: 'The time after which it has no ticks is over.',
    NO_JOBS: 'All jobs that it follows are deleted.',
  },
);

export const TickOutcome = storeEnum('TickOutcome', 'What came of a tick of a schedule.', {
  RUN: 'It started a run.',
  SKIPPED: 'It started no run, because of an earlier run or because its job could not be started.',
  MISSED: 'It started no run, because it was decided too late.',
});

export const TickReason = storeEnum('TickReason', 'Why a tick started no run.', {
  OVERLAP: 'An earlier run of the schedule had not ended.',
  INVALID: 'The job could not be started as it was, for instance because it names an unknown plugin.',
  NO_CATCH_UP: 'It was missed, and the catch-up policy does not let it run later.',
  OUTSIDE_WINDOW: 'It was missed longer ago than the catch-up window.',
  OVER_LIMIT: 'More ticks were missed than the catch-up limit, and newer ones run.',
});

export const PropertySelection = storeEnum(
  'PropertySelection',
  'Whether a run reads a property of a stream, as Meltano reports it.',
  {
    SELECTED: 'It is read because a pattern of `select` names it.',
    AUTOMATIC: 'It is read because its stream is selected, even if no pattern names it. Keys are an example.',
    EXCLUDED: 'It is not read, because it or its stream is not selected.',
    UNSUPPORTED: 'The extractor knows it but cannot read it.',
  },
);

export const RunStatus = storeEnum('RunStatus', 'The status of a run.', {
  QUEUED: 'Accepted. It waits for a worker, or for a state id that another run uses.',
  RUNNING: 'Its process is running.',
  CANCELLING: 'It was asked to stop, and its process is being stopped.',
  SUCCEEDED: 'It ended, and every block completed.',
  FAILED: 'It ended with an error. `endReason`, `exitCode` and the blocks tell more.',
  CANCELLED: 'It was stopped on request, or because the gateway shut down.',
  TIMED_OUT: 'It was stopped because it took longer than its timeout.',
  LOST: 'Its worker died or lost its connection. What it had stored until then is kept.',
});

export const RunPriority = storeEnum(
  'RunPriority',
  'How soon runs start, compared with others of the same environment that wait for a worker. Each step counts as six hours of waiting: a HIGH run starts before a NORMAL one that was requested up to six hours earlier, and every run has its turn in the end. Environments take turns, whatever the priorities of their runs: first comes one of the environment that has the fewest runs executed.',
  {
    HIGHEST: 'As if it had waited for twelve hours.',
    HIGH: 'As if it had waited for six hours.',
    NORMAL: 'In the order of the requests. The priority of a run of which nothing else says one.',
    LOW: 'As if it had been requested six hours later. The priority of the runs of a backfill of which nothing else says one.',
    LOWEST: 'As if it had been requested twelve hours later.',
  },
);

export const RunEndReason = storeEnum('RunEndReason', 'Why a run ended.', {
  COMPLETED: 'The process ended by itself, with exit code 0.',
  EXITED: 'The process ended by itself, with another exit code.',
  NOT_STARTED: 'The process could not be started; `errorMessage` says why.',
  KILLED: 'The process was killed by a signal that the gateway did not send.',
  CANCEL_REQUESTED: '`cancelRun`, `cancelRuns`, `stopService` or `restartService` was called.',
  TIMEOUT: 'The run took longer than its timeout.',
  SHUTDOWN: 'The gateway shut down, and the run did not end within the grace time.',
  WORKER_LOST: 'The worker no longer reported that it was alive.',
  EXPIRED: 'It had not started by its `expiresAt`. No retry policy repeats it.',
});

export const ServiceStatus = storeEnum('ServiceStatus', 'The status of a service.', {
  STOPPED:
    'It does not run. Either `stopService` stopped it, it was never started, or it ended and its policy does not restart it; see `statusReason`.',
  STARTING: 'It waits for a worker with a free slot for services.',
  RUNNING: 'Its process is running. `currentRun` has its log.',
  STOPPING:
    'Its process is being stopped. If the service was started again meanwhile, it starts as soon as the process has ended.',
  BACKING_OFF: 'It ended, and it starts again at `nextStartAt`.',
  FAILED: 'It failed and does not start again by itself: its policy is NEVER, or it was restarted too often.',
});

export const DesiredServiceStatus = storeEnum('DesiredServiceStatus', 'What was asked of a service last.', {
  RUNNING: 'It should run: it was started.',
  STOPPED: 'It should not run: it was stopped, or it was never started.',
});

export const RestartPolicy = storeEnum(
  'RestartPolicy',
  'When a service starts again after its process has ended. With every policy, `stopService` stops it. With every policy, a service starts again if it ended only because its worker stopped or died; such a restart is not counted.',
  {
    NEVER: 'Never.',
    ON_FAILURE:
      'When it failed: it ended with an exit code other than 0, a signal ended it, or it could not be started. Not when its run was cancelled.',
    ALWAYS: 'After every end, also with exit code 0 and when its run was cancelled.',
  },
);

export const StateStrategy = storeEnum(
  'StateStrategy',
  'Which of the two documents of a state a run writes.',
  {
    AUTO: 'A normal run writes the completed document. A full refresh writes the partial document, merged into what is there.',
    MERGE: 'The partial document. What the run writes is merged into it.',
    OVERWRITE: 'The completed document. What the run writes replaces it.',
  },
);

export const RunBlockKind = storeEnum('RunBlockKind', 'What a block of a run does.', {
  EXTRACT_LOAD: 'Runs an extractor and a loader, with mappings between them.',
  COMMAND: 'Runs a command of a plugin.',
});

export const RunBlockStatus = storeEnum('RunBlockStatus', 'The status of a block of a run.', {
  PENDING: 'Not started yet.',
  RUNNING: 'Running.',
  SUCCEEDED: 'Ended without an error.',
  FAILED: 'Ended with an error.',
  ABANDONED: 'Not started, or stopped before its end, because the run ended.',
});

export const PluginRole = storeEnum('PluginRole', 'What a plugin does in an extract-load pair.', {
  EXTRACTOR: 'It pulls data out of the source.',
  LOADER: 'It writes data into the destination.',
  MAPPER: 'It changes records between the two.',
});

export const LogLevel = storeEnum('LogLevel', 'Severity of a log line, from low to high.', {
  DEBUG: 'Details that help to find a fault.',
  INFO: 'Normal progress.',
  WARNING: 'Something unusual that does not stop the run.',
  ERROR: 'Something went wrong.',
  CRITICAL: 'The program cannot continue.',
});

export const Stdio = storeEnum('Stdio', 'An output of a program.', {
  STDOUT: 'Standard output.',
  STDERR: 'Standard error.',
});

export const StateChange = storeEnum('StateChange', 'What changed a state.', {
  RUN: 'A run stored what its loader had confirmed.',
  SET: '`setState`.',
  COPY: '`copyState`.',
  MOVE: '`moveResource` or `moveState`.',
  MERGE: '`mergeState`.',
  CLEAR: '`clearState`. Also `moveState`, for the state that was moved away.',
  RESTORE: '`restoreState`.',
  EDIT: '`editState`.',
  IMPORT: '`importState` or `importSystemDatabase`.',
});

export const SystemDatabaseEntry = storeEnum(
  'SystemDatabaseEntry',
  'What can be imported from a Meltano system database.',
  {
    STATE: 'A state: a row of the table `state`.',
    RUN: 'A run: the rows of the table `runs` that have the same run id.',
  },
);

export const ImportSkipReason = storeEnum(
  'ImportSkipReason',
  'Why something in a Meltano system database was not imported.',
  {
    NO_ENVIRONMENT:
      'Its state id begins with the name of an environment that the project does not have, or names none and the input has no `environment`.',
    BAD_STATE_ID:
      'Its state id is not valid here: it is missing or too long, or it contains a `/` or a control character.',
    BAD_DOCUMENTS:
      'One of its documents is not a JSON object, is longer than 5,000,000 characters, or contains something that cannot be stored.',
    EMPTY: 'Both documents are empty.',
    EXISTS: 'The state id is taken, by a state or by one that was cleared. `overwrite` replaces it.',
    BAD_RUN:
      'Its state id begins with an environment and is not `<environment>:<extractor>-to-<loader>[:<suffix>]`; or its run id, its status or its start time is missing or not valid; or its blocks belong to several environments.',
    STILL_RUNNING: 'It has not ended. Import again after its end.',
    TOO_MANY: 'The database has more than one import can read.',
  },
);

export const BulkVerb = storeEnum('BulkVerb', 'What a bulk operation does to each of its objects.', {
  RUN_JOBS: '`runJob`, requested by `runJobs`.',
  CANCEL_RUNS: '`cancelRun`, requested by `cancelRuns`.',
  RETRY_RUNS: '`retryRun`, requested by `retryRuns`.',
  DELETE_RUNS: '`deleteRun`, requested by `deleteRuns`.',
  PAUSE_SCHEDULES: '`pauseSchedule`, requested by `pauseSchedules`.',
  RESUME_SCHEDULES: '`resumeSchedule`, requested by `resumeSchedules`.',
  COPY_STATES: '`copyState`, requested by `copyStates`.',
  MOVE_STATES: '`moveState`, requested by `moveStates`.',
  CLEAR_STATES: '`clearState`, requested by `clearStates`.',
  BACKFILL: 'A run of a schedule or of a job for a time in the past, requested by `backfill`.',
});

export const BulkOperationStatus = storeEnum('BulkOperationStatus', 'The status of a bulk operation.', {
  QUEUED: 'Accepted. It waits for a worker.',
  RUNNING:
    'A worker is working on it. A backfill that has as many unfinished runs as it may waits in this status.',
  SUCCEEDED: 'Ended. The verb succeeded for every object.',
  FAILED:
    'Ended. The verb was refused for at least one object, whose item says why. It succeeded for the others.',
  CANCELLED: 'Ended by `cancelBulkOperation`. The remaining objects were skipped.',
  PAUSED: 'Waiting for `resumeBulkOperation`.',
});

export const BulkItemStatus = storeEnum('BulkItemStatus', 'The status of one object in a bulk operation.', {
  PENDING: 'Waiting for its turn.',
  SUCCEEDED: 'Done.',
  FAILED: 'Refused. `error` says why. The object is unchanged.',
  SKIPPED: 'Not done, because the operation was cancelled before.',
});
