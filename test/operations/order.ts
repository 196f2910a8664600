/** An operation of this folder, and what it hands to those that come after it. */
export interface Step {
  /** The file, without its ending. */
  operation: string;
  /** Variables of later operations, each with the place of its value in this one's `data`. */
  gives?: Record<string, string>;
}

/** Every operation, in an order in which all of them succeed on a fresh copy of the sample project. */
export const order: readonly Step[] = [
  { operation: 'gateway/gateway' },
  { operation: 'projects/projects' },
  { operation: 'projects/project' },
  { operation: 'projects/createProject' },
  { operation: 'projects/updateProject' },
  { operation: 'projects/manifest' },
  { operation: 'projects/planProject', gives: { planEtag: 'planProject.plan.etag' } },
  { operation: 'projects/applyProject' },
  { operation: 'projects/exportProject' },

  { operation: 'environments/environment' },
  { operation: 'environments/createEnvironment' },
  { operation: 'environments/updateEnvironment' },
  { operation: 'resources/validate' },
  { operation: 'environments/deleteEnvironment' },

  { operation: 'plugins/plugins' },
  { operation: 'plugins/plugin' },
  { operation: 'plugins/settings' },
  { operation: 'plugins/createPlugin' },
  { operation: 'plugins/updatePlugin' },
  { operation: 'plugins/deletePlugin' },
  { operation: 'plugins/installPlugins' },
  { operation: 'plugins/testPlugin' },
  { operation: 'plugins/discoverStreams' },
  { operation: 'plugins/catalog' },

  { operation: 'jobs/job' },
  { operation: 'jobs/createJob' },
  { operation: 'jobs/updateJob' },
  { operation: 'resources/previewMove' },
  { operation: 'resources/moveResource' },
  { operation: 'jobs/deleteJob' },
  { operation: 'resources/deletedJobs', gives: { id: 'project.environment.jobs.nodes.0.id' } },
  { operation: 'resources/undelete' },

  { operation: 'schedules/createSchedule' },
  { operation: 'schedules/updateSchedule' },
  { operation: 'schedules/schedules' },
  { operation: 'schedules/upcomingRuns' },
  { operation: 'schedules/triggerSchedule' },
  { operation: 'schedules/schedule' },
  { operation: 'schedules/pauseSchedule' },
  { operation: 'schedules/resumeSchedule' },
  { operation: 'schedules/deleteSchedule' },

  { operation: 'services/createService' },
  { operation: 'services/startService' },
  { operation: 'services/services' },
  { operation: 'services/service' },
  { operation: 'services/updateService' },
  { operation: 'services/restartService' },
  { operation: 'services/serviceUpdated' },
  { operation: 'services/stopService' },
  { operation: 'services/deleteService' },

  { operation: 'runs/runJob' },
  { operation: 'runs/runCommand' },
  { operation: 'runs/tests' },
  { operation: 'runs/runTests' },
  { operation: 'runs/runs' },
  { operation: 'runs/run' },
  { operation: 'runs/runUpdated' },
  { operation: 'runs/cancelRun' },
  { operation: 'runs/runLogs' },
  { operation: 'runs/runLogLines' },
  { operation: 'resources/changes' },
  { operation: 'runs/result' },
  { operation: 'runs/retryRun', gives: { run: 'retryRun.run.retryOf.id' } },
  { operation: 'runs/deleteRun' },

  { operation: 'states/setState' },
  { operation: 'states/mergeState' },
  { operation: 'states/editState' },
  { operation: 'states/state' },
  { operation: 'states/copyState' },
  { operation: 'states/moveState' },
  { operation: 'states/restoreState' },
  { operation: 'states/clearState' },
  { operation: 'states/importState' },
  { operation: 'states/stateExport' },
  { operation: 'states/importSystemDatabase' },

  { operation: 'bulk/runJobs' },
  { operation: 'bulk/cancelRuns' },
  { operation: 'bulk/retryRuns' },
  { operation: 'bulk/deleteRuns' },
  { operation: 'bulk/pauseSchedules' },
  { operation: 'bulk/resumeSchedules' },
  { operation: 'bulk/copyStates' },
  { operation: 'bulk/moveStates' },
  { operation: 'bulk/clearStates' },
  { operation: 'bulk/bulkOperations', gives: { id: 'bulkOperations.nodes.0.id' } },
  { operation: 'bulk/bulkOperationUpdated' },
  { operation: 'bulk/cancelBulkOperation' },

  // Last, since it takes away what the others have made.
  { operation: 'projects/deleteProject' },
];
