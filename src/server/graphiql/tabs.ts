import type { Example } from './example.ts';

/**
 * The operations that GraphiQL opens with, one for each tab. Their lines have at most 46 columns, which fit
 * into a window with a width of 1280 pixels.
 *
 * @param example what they are about; null when there is nothing
 * @param now the time, for what happened lately
 */
export function graphiqlTabs(example: Example | null, now = new Date()): string[] {
  const job = example?.job ?? 'project/environment/job';
  const state = example?.state ?? `${parentOf(job)}/state-id`;
  const hintAt = (given: string | null | undefined, what: string): string =>
    given == null ? `\n# Write the path of a ${what} in place of the one below.` : '';
  const [jobHint, stateHint] = [hintAt(example?.job, 'job'), hintAt(example?.state, 'state')];
  return [
    `# Everything is one graph: projects, their
# environments, jobs, runs and state. Press
# the button, or Ctrl-Enter.
query ProjectTree {
  projects(first: 5) {
    nodes {
      name
      environments(first: 5) {
        nodes {
          name
          jobs(first: 10) {
            nodes {
              path
              runs(first: 3) {
                totalCount
                nodes { status createdAt }
              }
              schedules(first: 5) {
                nodes { name nextRuns(first: 2) { dueAt } }
              }
              states(first: 5) {
                nodes {
                  stateId
                  merged { json }
                }
              }
            }
          }
        }
      }
    }
  }
}
`,
    `# What runs now, in all projects, and what
# those in the queue wait for.
query RunsNow {
  runs(filter: {
    statuses: [QUEUED, RUNNING, CANCELLING]
  }) {
    nodes {
      id
      status
      job { path }
      command
      createdAt
      waitingFor { __typename }
    }
  }
}
`,
    `# What failed since yesterday evening, in all
# projects, and the last lines of each log.
query FailedRuns {
  runs(filter: {
    statuses: [FAILED, TIMED_OUT, LOST]
    endedSince: "${yesterdayEvening(now)}"
  }) {
    nodes {
      id
      status
      job { path }
      endedAt
      errorMessage
      logs(last: 3) { nodes { message } }
    }
  }
}
`,
    `# What runs next, in all projects, and what
# came of the last time.
query RunsNext {
  upcomingRuns(first: 10) {
    nodes {
      path
      nextRuns(first: 1) { dueAt }
      lastTick { dueAt outcome reason }
    }
  }
}
`,
    `# Starts a job. The answer comes at once,
# with the run still QUEUED.${jobHint}
mutation RunJob {
  runJob(input: {
    job: "${job}"
  }) {
    ... on RunJobSuccess {
      run { id status command }
    }
    ... on UserError { code message }
  }
}
`,
    `# Follows the newest run of the job: first
# the lines so far, then each as it comes.
# Press the button again to stop.
# Run the job first.${jobHint}
subscription FollowLog {
  runLogs(
    run: "${job}"
  ) {
    node { level plugin message }
  }
}
`,
    `# What the newest run of the job has done:
# how it ended, what it counted, and the
# state from which the next one goes on.${jobHint}
query RunResult {
  run(ref: "${job}") {
    status
    exitCode
    errorMessage
    states {
      nodes {
        stateId
        merged { json }
      }
    }
    blocks {
      nodes { command status }
    }
    metrics {
      nodes { plugin stream name value }
    }
    logs(last: 5) {
      nodes { level message }
    }
  }
}
`,
    `# Asks the newest run of the job to stop. In
# place of the job, write the id of any run.${jobHint}
mutation CancelRun {
  cancelRun(input: {
    run: "${job}"
  }) {
    ... on CancelRunSuccess {
      run { id status }
    }
    ... on UserError { code message }
  }
}
`,
    `# Starts the newest run of the job again that
# has not succeeded. In place of the job,
# write the id of any run.${jobHint}
mutation RetryRun {
  retryRun(input: {
    run: "${job}"
  }) {
    ... on RetryRunSuccess {
      run { id status attempt }
    }
    ... on UserError { code message }
  }
}
`,
    `# Keeps a copy of a state under another id,
# in the same environment.${stateHint}
mutation CopyState {
  copyState(input: {
    state: "${state}"
    to: { stateId: "kept" }
  }) {
    ... on CopyStateSuccess {
      state { path merged { json } }
    }
    ... on UserError { code message }
  }
}
`,
    `# Pauses all schedules of an environment. Runs
# that have begun go on.${jobHint}
mutation PauseSchedules {
  pauseSchedules(input: {
    filter: { environment: "${parentOf(job)}" }
  }) {
    ... on PauseSchedulesSuccess {
      operation { id status itemCount }
    }
    ... on UserError { code message }
  }
}
`,
    `# Puts them back into force.${jobHint}
mutation ResumeSchedules {
  resumeSchedules(input: {
    filter: { environment: "${parentOf(job)}" }
  }) {
    ... on ResumeSchedulesSuccess {
      operation { id status itemCount }
    }
    ... on UserError { code message }
  }
}
`,
  ];
}

/** The path of the environment of a job. */
function parentOf(job: string): string {
  return job.split('/').slice(0, 2).join('/');
}

/** Six in the evening of the day before, in UTC. */
function yesterdayEvening(now: Date): string {
  const day = new Date(now.getTime() - 24 * 3600 * 1000);
  day.setUTCHours(18, 0, 0, 0);
  return day.toISOString().replace('.000', '');
}
