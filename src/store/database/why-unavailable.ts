/** What the codes of errors mean that say: not now. Those of PostgreSQL have five characters. */
const reasons = new Map<unknown, string>([
  ...all(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'], 'cannot be reached'),
  // https://www.prisma.io/docs/orm/reference/error-reference
  ...all(['P1001', 'P1002', 'P1008', 'P1017'], 'cannot be reached'),
  ...all(['P2024', 'P2028', '53300'], 'has too much to do'),
  // https://www.postgresql.org/docs/18/errcodes-appendix.html
  ...all(['08000', '08001', '08003', '08004', '08006'], 'cannot be reached'),
  ...all(['57P01', '57P02', '57P03'], 'is being stopped or started'),
  ...all(['25006', '53100'], 'cannot write, since its disk is full or it is read-only; make room on it'),
]);

function all(codes: readonly string[], reason: string): [code: string, reason: string][] {
  return codes.map((code) => [code, reason]);
}

/** Messages of the drivers without a code. */
const lost = /^(Connection terminated|The embedded PostgreSQL has)/;

/** What a pool says when none of its connections becomes free in time. */
const noConnection = 'timeout exceeded when trying to connect';

/** Errors that others have caused, at most. */
const maxDepth = 5;

/** Why the database cannot do it now, as a sentence for the caller; null for any other error. */
export function whyUnavailable(error: unknown, depth = 0): string | null {
  if (typeof error !== 'object' || error === null || depth === maxDepth) return null;
  const { code, originalCode, message, meta, cause, driverAdapterError } = error as Record<string, unknown>;
  for (const one of [code, originalCode]) {
    const reason = reasons.get(one);
    if (reason !== undefined) return sentence(reason);
  }
  if (typeof message === 'string' && lost.test(message)) return sentence('cannot be reached');
  if (message === noConnection) return sentence('has too much to do');
  return [meta, driverAdapterError, cause].reduce<string | null>(
    (found, inner) => found ?? whyUnavailable(inner, depth + 1),
    null,
  );
}

function sentence(reason: string): string {
  return `The gateway's database ${reason}. Try again later.`;
}
