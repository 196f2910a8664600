import type { BulkOperationStatus } from '../generated/client.ts';
import { idList, type Send } from '../../lib/sql.ts';

/** How far a bulk operation is. */
export interface BulkProgress {
  id: string;
  status: BulkOperationStatus;
  succeededCount: number;
  failedCount: number;
  isEnded: boolean;
}

/** Statements on the progress of bulk operations. */
export function progressStatements(send: Send) {
  return {
    /** How far operations are. Those that do not exist are left out. */
    of: async (ids: readonly string[]): Promise<BulkProgress[]> =>
      (await send(progressOf, [idList(ids)])) as unknown as BulkProgress[],
  };
}

const progressOf = `
  SELECT id, status::text AS status, "succeededCount", "failedCount", "endedAt" IS NOT NULL AS "isEnded"
  FROM "BulkOperation" WHERE id = ANY ($1::text::uuid[])`;
