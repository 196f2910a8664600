/**
 * The numbers of PostgreSQL's advisory locks. Each lock lets only one gateway at a time do something. The
 * numbers themselves mean nothing, but all gateways on a database must use the same ones.
 */
export const advisoryLocks = {
  /** Bringing the tables up to date. */
  migration: 7_233_071,
  /** Importing projects. */
  import: 7_233_072,
  /** Removing deleted objects for good. */
  purge: 7_233_073,
  /** Changing which jobs schedules follow. The trigger `followJobs` of the migrations has the same number. */
  following: 7_233_074,
  /** Removing what is not kept any more. */
  retention: 7_233_076,
} as const;
