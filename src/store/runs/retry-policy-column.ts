import { Prisma } from '../generated/client.ts';

/** Columns to write of a job or a schedule. Prisma takes null of a JSON column for a JSON null. */
export type WithPolicy<Input> = Omit<Input, 'retryPolicy'> & { retryPolicy?: object | null };

export function toWrite<Input>({ retryPolicy, ...columns }: WithPolicy<Input>): Input {
  if (retryPolicy === undefined) return columns as Input;
  return { ...columns, retryPolicy: retryPolicy ?? Prisma.DbNull } as Input;
}
