import pg from 'pg';

/**
 * The PostgreSQL server cannot be used. The message says which server and why, and never contains a password.
 */
export class DatabaseUnavailable extends Error {
  override name = 'DatabaseUnavailable';
}

/** How long to wait for a server that does not answer, in milliseconds. */
const connectMs = 10_000;

/** Connects to the server. @throws DatabaseUnavailable */
export async function connectToServer(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: connectMs });
  // The query that waits for an answer gets the error of a lost connection. Without this listener, the
  // process would end.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    throw unavailable(client, reasonOf(error), error);
  }
}

/**
 * Turns an error of the set-up into `DatabaseUnavailable` when the database user may not create tables or
 * schemas. Other errors stay as they are.
 */
export function explainSetUp(url: string, error: unknown): unknown {
  const [refusal] = /permission denied[^\n]*/.exec(error instanceof Error ? error.message : '') ?? [];
  if (refusal === undefined) return error;
  const client = new pg.Client({ connectionString: url });
  return unavailable(client, `the user has to make tables and a schema there (${refusal})`, error);
}

function unavailable({ host, port }: pg.Client, reason: string, cause: unknown): DatabaseUnavailable {
  return new DatabaseUnavailable(`The PostgreSQL server at ${host}:${port} cannot be used: ${reason}.`, {
    cause,
  });
}

// When several addresses fail, the error contains several errors, and its own message is empty.
function reasonOf(error: unknown): string {
  const { code, message, errors } = error as NodeJS.ErrnoException & { errors?: NodeJS.ErrnoException[] };
  switch (code ?? errors?.[0]?.code) {
    case 'ECONNREFUSED':
      return 'nothing listens there';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the name is not known';
    case 'ETIMEDOUT':
      return 'it does not answer';
    default:
      // The message of node-postgres when the connection times out.
      return message === 'timeout expired' ? `no answer came within ${connectMs / 1000} seconds` : message;
  }
}
