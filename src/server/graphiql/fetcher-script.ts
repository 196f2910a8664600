/**
 * A script of GraphiQL's page: `fetcher` sends the operations of the page. GraphiQL's own shows of a subscription the last
 * event only. This one shows the last events as lines, and goes down with them.
 */
export const fetcherScript = /* JavaScript */ `
const fetcher = (() => {
  /** How many events of a subscription are shown at most. */
  const mostShown = 500;
  /** How long events are gathered before they are shown, in milliseconds. */
  const gatherMs = 100;

  return async (params, { headers } = {}) => {
    const abort = new AbortController();
    const answer = await fetchWithToken(location.pathname, {
      method: 'POST',
      headers: {
        ...headers,
        accept: 'application/graphql-response+json, application/json, text/event-stream',
        'content-type': 'application/json',
      },
      body: JSON.stringify({ ...params, operationName: nameIn(params) }),
      signal: abort.signal,
    });
    const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream');
    return isStream ? followed(answer, abort) : resultOf(answer);
  };

  /** The name of the operation. Right after a tab was opened, GraphiQL still gives that of the tab before. */
  function nameIn({ query, operationName }) {
    const names = [...query.matchAll(/\\b(?:query|mutation|subscription)\\s+(\\w+)/g)].map(([, name]) => name);
    return names.includes(operationName) ? operationName : undefined;
  }

  /** What a whole answer says. A proxy may answer with a page of its own. */
  async function resultOf(answer) {
    const text = await answer.text();
    try {
      return JSON.parse(text);
    } catch {
      throw new Error('The answer is no JSON: ' + answer.status + ' ' + answer.statusText);
    }
  }

  /** A subscription as GraphiQL takes it. */
  function followed(answer, abort) {
    return {
      subscribe: ({ next, complete }) => {
        const events = shownEvents(next);
        const end = () => {
          events.show();
          complete();
        };
        follow(answer, events.add).then(end, (failure) => {
          if (abort.signal.aborted) return;
          events.add('The connection was lost: ' + failure.message);
          end();
        });
        return {
          unsubscribe: () => {
            events.show();
            abort.abort();
          },
        };
      },
    };
  }

  async function follow(answer, add) {
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) throw new Error('the answer has ended too early');
      const events = (rest + value).split('\\n\\n');
      rest = events.pop();
      for (const event of events) {
        if (/^event: complete$/m.test(event)) return;
        const [, data] = /^data: (.*)$/m.exec(event) ?? [];
        if (data !== undefined) add(JSON.parse(data));
      }
    }
  }

  /** Gathers events, and shows the last of them. */
  function shownEvents(next) {
    const last = [];
    let count = 0;
    let timer = null;
    const show = () => {
      if (timer !== null) next({ showIn: (editor, setText) => showAtEnd(editor, setText, textOf(last, count)) });
      clearTimeout(timer);
      timer = null;
    };
    const add = (event) => {
      count += 1;
      last.push(event);
      if (last.length > mostShown) last.shift();
      timer ??= setTimeout(show, gatherMs);
    };
    return { add, show };
  }

  /** Shows a text. Whoever looks at its end sees the new end; whoever has gone up stays there. */
  function showAtEnd(editor, setText, text) {
    const top = editor.getScrollTop();
    const isAtEnd = top + editor.getLayoutInfo().height >= editor.getScrollHeight() - 40;
    setText(text);
    editor.setScrollTop(isAtEnd ? editor.getScrollHeight() : top);
  }

  /** Events as JSON, with a line for each. What all of them have around their fields is said once. */
  function textOf(last, count) {
    // A text says that the connection was lost.
    const paths = new Set(last.filter((event) => typeof event === 'object').map((event) => unwrap(event).path));
    const [path] = paths.size === 1 ? paths : [null];
    const lines = last.map((event) => lineOf(path === null ? event : unwrap(event).value));
    return [
      '{',
      '  "events": ' + count + ',',
      '  "' + (path ?? 'last') + '": [',
      ...lines.map((line, at) => '    ' + line + (at < lines.length - 1 ? ',' : '')),
      '  ]',
      '}',
    ].join('\\n');
  }

  /** What is in an event below objects with one field, and the path to it. */
  function unwrap(event) {
    const path = [];
    let value = event;
    for (;;) {
      const [[name, below] = [], ...others] = entriesOf(value);
      if (others.length > 0 || entriesOf(below).length === 0) return { path: path.join('.') || 'last', value };
      path.push(name);
      value = below;
    }
  }

  /** The fields of an object; none of anything else. */
  function entriesOf(value) {
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? Object.entries(value) : [];
  }

  function lineOf(value) {
    const fields = entriesOf(value).map(([name, one]) => JSON.stringify(name) + ': ' + JSON.stringify(one));
    return fields.length > 0 ? '{ ' + fields.join(', ') + ' }' : JSON.stringify(value);
  }
})();
`;
