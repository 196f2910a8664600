import { createServer } from 'node:http';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { statements } from '../operations/statements.ts';

// As little as a server can do: one prepared statement that builds the whole answer, which is sent as it
// is. Takes a port, and the URL of a database or the directory of an embedded one.
const [, , port = '', database = ''] = process.argv;

type Answer = (name: string, values: unknown[]) => Promise<string>;

const answer = database.includes('://') ? onServer(database) : await embedded(database);

function onServer(connectionString: string): Answer {
  const pool = new pg.Pool({ connectionString, max: 10 });
  return async (name, values) => {
    const { rows } = await pool.query<{ answer: string }>({ name, text: textOf(name), values });
    return rows[0]?.answer ?? '';
  };
}

async function embedded(dataDir: string): Promise<Answer> {
  const pglite = await PGlite.create({ dataDir });
  return async (name, values) => {
    const { rows } = await pglite.query<{ answer: string }>(textOf(name), values);
    return rows[0]?.answer ?? '';
  };
}

function textOf(name: string): string {
  return statements[name as keyof typeof statements];
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const values = JSON.parse(Buffer.concat(chunks).toString()) as unknown[];
    answer((request.url ?? '').slice(1), values).then(
      (text) => {
        const body = Buffer.from(text);
        response.writeHead(200, {
          'content-type': 'application/json; charset=utf-8',
          'content-length': body.length,
        });
        response.end(body);
      },
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
});
server.listen(Number(port), '127.0.0.1', () => console.log('is ready'));
process.on('SIGTERM', () => process.exit(0));
