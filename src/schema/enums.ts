import { builder } from './builder.ts';

/** Makes a GraphQL enum, mostly of the store's enum of the same name; every value must be described. */
function storeEnum<const Values extends Record<string, string>>(
  name: string,
  description: string,
  values: Values,
) {
  const described = Object.fromEntries(
    Object.entries(values).map(([value, meaning]) => [value, { description: meaning }]),
  ) as Record<keyof Values & string, { description: string }>;
  return builder.enumType(name, { description, values: described });
}

export const ManifestMode = storeEnum('ManifestMode', 'Where the definition of a project is kept.', {
  READ_ONLY: 'Imported: `meltano.yml` is an input, the gateway never writes it.',
  MANAGED: 'Created through this API: `meltano.yml` is written by the gateway.',
});

export const PluginType = storeEnum('PluginType', 'The kinds of Meltano plugin.', {
  EXTRACTOR: 'Pulls data out of a source (a Singer tap).',
  LOADER: 'Writes data into a destination (a Singer target).',
  TRANSFORM: "A dbt package with models for an extractor's data.",
  ORCHESTRATOR: 'Starts pipelines at their times, such as Airflow.',
  TRANSFORMER: 'Runs transforms, such as dbt.',
  FILE: 'Files that are added to the project.',
  UTILITY: 'Any other command line tool.',
  MAPPER: 'Changes records between an extractor and a loader.',
});

export const PluginDefinition = storeEnum(
  'PluginDefinition',
  'Where the definition of a plugin (its settings, commands and capabilities) comes from.',
  {
    CUSTOM: 'Written out in `meltano.yml` itself.',
    LOCKED: "From the project's lock file, `plugins/<type>/<name>[--<variant>].lock`.",
    INHERITED: 'From the plugin named by `inheritFrom`.',
    UNKNOWN: 'Not found in the project: Meltano would ask its Hub.',
  },
);

export const RunKind = storeEnum('RunKind', 'What a run does.', {
  RUN: '`meltano run`: executes a job or a list of blocks.',
  INSTALL: '`meltano install`: installs plugins.',
  TEST: '`meltano test`: runs the tests of plugins, their commands whose names begin with `test`.',
  PLUGIN_TEST: '`meltano config test`: tries the configuration of an extractor or a loader.',
  DISCOVER: '`meltano select`: lists the streams of an extractor with their selection.',
  SERVICE: '`meltano invoke`: one start of a service. It ends only when it is stopped, or by itself.',
});

export const PropertySelection = storeEnum(
  'PropertySelection',
  "What becomes of a stream's property in a run, as Meltano says.",
  {
    SELECTED: 'It is read, since a pattern of `select` names it.',
    AUTOMATIC: 'It is read whether named or not, such as a key, since its stream is selected.',
    EXCLUDED: 'It is not read: it, or its stream, is not selected.',
    UNSUPPORTED: 'The extractor knows of it, but cannot read it.',
  },
);

export const RunStatus = storeEnum('RunStatus', 'How far a run has come.', {
  QUEUED: 'Accepted, waiting for a worker or for a state id that another run holds.',
  RUNNING: 'Its process is running.',
  CANCELLING: 'Asked to stop; its process is being stopped.',
  SUCCEEDED: 'Ended well: every block completed.',
  FAILED: 'Ended badly; `endReason`, `exitCode` and the blocks say how.',
  CANCELLED: 'Stopped on request, or because the gateway shut down.',
  TIMED_OUT: 'Stopped because it took longer than its timeout.',
  LOST: 'Its worker died or was cut off. What it had stored is kept.',
});

export const RunEndReason = storeEnum('RunEndReason', 'What ended a run.', {
  COMPLETED: 'The process ended by itself with exit code 0.',
  EXITED: 'The process ended by itself with another exit code.',
  NOT_STARTED: 'The process could not be started; `errorMessage` says why.',
  KILLED: 'The process was killed by a signal that the gateway did not send.',
  CANCEL_REQUESTED: '`cancelRun`, `cancelRuns`, `stopService` or `restartService` was called.',
  TIMEOUT: 'The run took longer than its timeout.',
  SHUTDOWN: 'The gateway shut down and the grace time was over.',
  WORKER_LOST: 'The worker stopped giving signs of life.',
});

export const ServiceStatus = storeEnum('ServiceStatus', 'How far a service has come.', {
  STOPPED:
    'It does not run, as was asked for, or since it ended and its policy leaves it so; see `statusReason`.',
  STARTING: 'It is due, and waits for a worker with a free slot for services.',
  RUNNING: 'Its process runs; `currentRun` has its log.',
  STOPPING:
    'Its process is being stopped. When it is to run after that, it is started as soon as it has ended.',
  BACKING_OFF: 'It ended and is started again at `nextStartTime`.',
  FAILED:
    'It ended badly and is not started again by itself: the policy is NEVER, or there were too many restarts.',
});

export const DesiredServiceStatus = storeEnum('DesiredServiceStatus', 'What a service is meant to do.', {
  RUNNING: 'To run: it was started.',
  STOPPED: 'Not to run: it was stopped, or never started.',
});

export const RestartPolicy = storeEnum(
  'RestartPolicy',
  'After which ends of its process a service is started again. Whatever the policy, a stop by `stopService` holds, and what ended only because its worker stopped or died is started again, uncounted.',
  {
    NEVER: 'After none.',
    ON_FAILURE:
      'When it failed: with another exit code than 0, by a signal, or when it could not be started. Not when its run was cancelled.',
    ALWAYS: 'After any, also with exit code 0 and when its run was cancelled.',
  },
);

export const StateStrategy = storeEnum('StateStrategy', 'Which state document a run writes.', {
  AUTO: 'The completed document for a normal run, the partial one (merged) for a full refresh.',
  MERGE: 'The partial document: merged into what is there.',
  OVERWRITE: 'The completed document: replaces what is there.',
});

export const RunBlockKind = storeEnum('RunBlockKind', 'What a block of a run is.', {
  EXTRACT_LOAD: 'An extractor and a loader, with mappings between them.',
  COMMAND: 'A command of a plugin.',
});

export const RunBlockStatus = storeEnum('RunBlockStatus', 'How far a block of a run has come.', {
  PENDING: 'Not started yet.',
  RUNNING: 'Being executed.',
  SUCCEEDED: 'Ended well.',
  FAILED: 'Ended badly.',
  ABANDONED: 'Never started, or stopped half-way, because the run ended before.',
});

export const LogLevel = storeEnum('LogLevel', 'Severity of a log line, in rising order.', {
  DEBUG: 'Detail for those who look for a fault.',
  INFO: 'What happens.',
  WARNING: 'Something odd, which stops nothing.',
  ERROR: 'Something went wrong.',
  CRITICAL: 'The program cannot go on.',
});

export const StateChange = storeEnum('StateChange', 'What changed a state.', {
  RUN: 'A run stored what its target had acknowledged.',
  SET: '`setState`.',
  COPY: '`copyState`.',
  MOVE: '`moveResource` or `moveState`.',
  MERGE: '`mergeState`.',
  CLEAR: '`clearState`, or `moveState` for the state that was moved away.',
  RESTORE: '`restoreState`.',
  EDIT: '`editState`.',
  IMPORT: '`importState` or `importSystemDatabase`.',
});

export const SystemDatabaseEntry = storeEnum(
  'SystemDatabaseEntry',
  'What a Meltano system database holds that can be imported.',
  { STATE: 'A state: a row of its table `state`.', RUN: 'A run: rows of its table `runs` with one run id.' },
);

export const ImportSkipReason = storeEnum(
  'ImportSkipReason',
  'Why something in a Meltano system database was not imported.',
  {
    NO_ENVIRONMENT: 'The project has no environment of the name with which its state id begins.',
    BAD_STATE_ID: 'Its state id is no state id here: it is too long, or has a `/` or a control character.',
    BAD_DOCUMENTS:
      'A document is no JSON object, is longer than 5,000,000 characters, or holds what cannot be stored.',
    EMPTY: 'Both documents are empty.',
    EXISTS: 'There is a state of that id already, or one that was cleared; `overwrite` replaces it.',
    BAD_RUN:
      'Its state id is not `<environment>:<extractor>-to-<loader>[:<suffix>]`, or its run id, its status or its start is none.',
    STILL_RUNNING: 'It has not ended. Import again when it has.',
    TOO_MANY: 'There is more than one import reads.',
  },
);

export const BulkVerb = storeEnum('BulkVerb', 'What a bulk operation does to each of its objects.', {
  RUN_JOBS: '`runJob`, asked for by `runJobs`.',
  CANCEL_RUNS: '`cancelRun`, asked for by `cancelRuns`.',
  RETRY_RUNS: '`retryRun`, asked for by `retryRuns`.',
  DELETE_RUNS: '`deleteRun`, asked for by `deleteRuns`.',
  PAUSE_SCHEDULES: '`pauseSchedule`, asked for by `pauseSchedules`.',
  RESUME_SCHEDULES: '`resumeSchedule`, asked for by `resumeSchedules`.',
  COPY_STATES: '`copyState`, asked for by `copyStates`.',
  MOVE_STATES: '`moveState`, asked for by `moveStates`.',
  CLEAR_STATES: '`clearState`, asked for by `clearStates`.',
});

export const BulkOperationStatus = storeEnum('BulkOperationStatus', 'How far a bulk operation has come.', {
  QUEUED: 'Accepted, waiting for a worker.',
  RUNNING: 'Being carried out.',
  SUCCEEDED: 'Ended: done for every object.',
  FAILED: 'Ended: refused for at least one object, whose item says why; done for the others.',
  CANCELLED: 'Ended by `cancelBulkOperation`: objects that were left have been skipped.',
});

export const BulkItemStatus = storeEnum(
  'BulkItemStatus',
  'What has become of one object of a bulk operation.',
  {
    PENDING: 'Nothing yet.',
    SUCCEEDED: 'Done.',
    FAILED: 'Refused; `error` says why, and the object is as it was.',
    SKIPPED: 'Not done, since the operation was cancelled before.',
  },
);
