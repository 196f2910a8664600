/** Whether an error says that a unique index refused a row (Prisma's code P2002). */
export function isDuplicate(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'P2002';
}
