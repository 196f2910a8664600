/** Whether an error says that a unique index refused a row: Prisma's code P2002, PostgreSQL's 23505. */
export function isDuplicate(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'P2002' || error.code === '23505');
}
