/** Whether an error says that a unique index refused a row: Prisma's code P2002, PostgreSQL's 23505. */
export function isDuplicate(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'P2002' || error.code === '23505');
}

/** Errors that others have caused, at most. */
const maxDepth = 5;

/** Whether an error says that a job would start itself, see the trigger `followJobs` of the migrations. */
export function isCycle(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth === maxDepth) return false;
  const { code, originalCode, meta, cause, driverAdapterError } = error as Record<string, unknown>;
  if (code === 'MG001' || originalCode === 'MG001') return true;
  return [meta, cause, driverAdapterError].some((inner) => isCycle(inner, depth + 1));
}
