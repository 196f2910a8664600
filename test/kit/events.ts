/** An event of a subscription. */
export interface StreamEvent<Data> {
  data?: Data;
  errors?: { message: string; extensions?: Record<string, unknown> }[];
}

/**
 * Subscribes as an ordinary client of Server-Sent Events does: GET, `text/event-stream`. It ends when the
 * server says `complete`. Leaving the loop closes the connection.
 */
export async function* subscribe<Data>(
  url: string,
  query: string,
  variables: Record<string, unknown> = {},
): AsyncGenerator<StreamEvent<Data>> {
  yield* await openEvents<Data>(url, query, variables);
}

/** Like `subscribe`, but resolves when the gateway has accepted the subscription: later changes are seen. */
export async function openEvents<Data>(
  url: string,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<AsyncGenerator<StreamEvent<Data>>> {
  const abort = new AbortController();
  const address = new URL(url);
  address.searchParams.set('query', query);
  address.searchParams.set('variables', JSON.stringify(variables));
  const response = await fetch(address, { headers: { accept: 'text/event-stream' }, signal: abort.signal });
  return eventsOf(response, abort);
}

async function* eventsOf<Data>(
  response: Response,
  abort: AbortController,
): AsyncGenerator<StreamEvent<Data>> {
  try {
    if (!response.body) throw new Error('The answer has no body.');
    let rest = '';
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      const blocks = (rest + chunk).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const field = (name: string): string | undefined =>
          block
            .split('\n')
            .find((line) => line.startsWith(`${name}:`))
            ?.slice(name.length + 1)
            .trim();
        if (field('event') === 'complete') return;
        const data = field('data');
        if (field('event') === 'next' && data !== undefined) yield JSON.parse(data) as StreamEvent<Data>;
      }
    }
  } finally {
    abort.abort();
  }
}
