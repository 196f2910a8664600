import pg from 'pg';

/** The PostgreSQL server cannot be used. The message says which one and why, and never holds a password. */
export class DatabaseUnavailable extends Error {
  override name = 'DatabaseUnavailable';
}

/** How long to wait for a server that does not answer, in milliseconds. */
const connectMs = 10_000;

/** Connects to the server, the first time that it is needed. @throws DatabaseUnavailable */
export async function connectToServer(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: connectMs });
  // Whoever waits for an answer is told of a lost connection; without a listener it would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    throw unavailable(client, reasonOf(error), error);
  }
}

/** A failure to set up the tables and the queue, as `DatabaseUnavailable` when the user may not make them. */
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

// Several addresses that fail make an error of errors, whose own message is empty.
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
      // What node-postgres says at the end of the time to connect.
      return message === 'timeout expired' ? `no answer came within ${connectMs / 1000} seconds` : message;
  }
}
