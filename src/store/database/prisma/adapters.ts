import type {
  SqlDriverAdapter,
  SqlMigrationAwareDriverAdapterFactory,
  SqlQueryable,
  Transaction,
} from '@prisma/driver-adapter-utils';
import { measureStatement } from '../../../metrics/measures.ts';
import { withLongTexts } from './long-texts.ts';

/** Lets all statements of Prisma pass here on their way to the driver, whoever sends them. */
export function throughUs<Factory extends SqlMigrationAwareDriverAdapterFactory>(factory: Factory): Factory {
  const connect = factory.connect.bind(factory);
  factory.connect = async (): Promise<SqlDriverAdapter> => {
    const adapter = passing(await connect());
    const start = adapter.startTransaction.bind(adapter);
    adapter.startTransaction = async (level) => passing(oneAtATime(await start(level)));
    return adapter;
  };
  return factory;
}

function passing<Queryable extends SqlQueryable>(queryable: Queryable): Queryable {
  const queryRaw = queryable.queryRaw.bind(queryable);
  const executeRaw = queryable.executeRaw.bind(queryable);
  queryable.queryRaw = (query) => measureStatement(() => queryRaw(withLongTexts(query)));
  queryable.executeRaw = (query) => measureStatement(() => executeRaw(withLongTexts(query)));
  return queryable;
}

/**
 * Prisma splits a statement with very many values, and sends the parts at the same time, also in a transaction, which has one
 * connection. The driver warns of that on the standard error, and its next version will refuse it.
 */
function oneAtATime(transaction: Transaction): Transaction {
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(send: () => Promise<T>): Promise<T> => {
    const sent = last.then(send);
    last = sent.catch(() => undefined);
    return sent;
  };
  const queryRaw = transaction.queryRaw.bind(transaction);
  const executeRaw = transaction.executeRaw.bind(transaction);
  transaction.queryRaw = (query) => inTurn(() => queryRaw(query));
  transaction.executeRaw = (query) => inTurn(() => executeRaw(query));
  return transaction;
}
