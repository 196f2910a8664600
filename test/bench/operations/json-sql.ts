// SQL expressions for the text of JSON. PostgreSQL joins texts in a third of the time that its functions
// for JSON take, and this is meant to be as fast as it can be made.

/** A text that may hold anything. */
export const text = (expression: string): string => `coalesce(to_json(${expression})::text, 'null')`;

/** A text in which nothing needs a backslash, such as the value of an enum. */
export const word = (expression: string): string => `coalesce('"' || ${expression} || '"', 'null')`;

/** What reads the same in JSON as in PostgreSQL: a number, a boolean, JSON itself. */
export const plain = (expression: string): string => `coalesce(${expression}::text, 'null')`;

/** A time as RFC 3339 has it, in UTC with milliseconds. */
export const time = (expression: string): string =>
  word(`to_char(${expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`);

/** An object of JSON values by their names. */
export function object(fields: Record<string, string>): string {
  const parts = Object.entries(fields).map(([name, value]) => `"${name}":' || ${value}`);
  return `('{${parts.join(` || ',`)} || '}')`;
}

// The signs in which base64url differs come only of `>`, `?` and `~`, which no name here has.
const base64url = (content: string): string => `rtrim(encode(convert_to(${content}, 'UTF8'), 'base64'), '=')`;

/** The gateway's opaque id of a row. */
export const globalId = (type: string, id: string): string => word(base64url(`'${type}:' || ${id}`));

/** The gateway's cursor, made opaque; the text in a JSON string. */
export const idCursor = (id: string): string => base64url(`'{"id":"' || ${id} || '"}'`);
export const sequenceCursor = (sequence: string): string => base64url(`'{"sequence":' || ${sequence} || '}'`);
/** Of the order by name; encode() breaks lines after 76 signs. */
export const nameCursor = (name: string, id: string): string =>
  `replace(${base64url(`'{"name":' || to_json(${name}) || ',"id":"' || ${id} || '"}'`)}, E'\\n', '')`;

/** A list of rows. In the expressions, the rows go by the alias that `from` gives them. */
interface List {
  /** Table and alias, and whatever is joined. */
  from: string;
  where: string;
  order: string;
  limit: number;
  /** JSON of a row. */
  node: string;
}

/** `{ nodes }` */
export function nodes({ from, where, order, limit, node }: List): string {
  return `(SELECT '{"nodes":[' || coalesce(string_agg(page.node, ','), '') || ']}' FROM (
    SELECT ${node} AS node FROM ${from} WHERE ${where} ORDER BY ${order} LIMIT ${limit}) AS page)`;
}

/** `{ edges { cursor node } }` */
export function edges({ from, where, order, limit, node, cursor }: List & { cursor: string }): string {
  return `(SELECT '{"edges":[' || coalesce(string_agg(page.edge, ','), '') || ']}' FROM (
    SELECT ${object({ cursor: word(cursor), node })} AS edge FROM ${from} WHERE ${where} ORDER BY ${order} LIMIT ${limit}) AS page)`;
}

/**
 * `{ edges { cursor node } pageInfo { … } }` of a first or a last page; takes one row more than the page has.
 *
 * @param backward whether the order is the reverse of the list's, for a page from its end
 * @param bothWays whether `pageInfo` also says what lies on the near side: nothing, in such a page
 */
export function connection({
  from,
  where,
  order,
  limit,
  node,
  cursor,
  backward = false,
  bothWays = true,
}: List & { cursor: string; backward?: boolean; bothWays?: boolean }): string {
  const last = `least(page.n, ${limit})`;
  const [start, end] = backward ? [last, '1'] : ['1', last];
  const more = plain(`(count(*) > ${limit})`);
  const info = {
    [backward ? 'hasPreviousPage' : 'hasNextPage']: more,
    ...(bothWays ? { [backward ? 'hasNextPage' : 'hasPreviousPage']: `'false'` } : {}),
    startCursor: word(`min(page.cursor) FILTER (WHERE page.i = ${start})`),
    endCursor: word(`min(page.cursor) FILTER (WHERE page.i = ${end})`),
  };
  const edge = object({ cursor: word('page.cursor'), node: 'page.node' });
  const all = `string_agg(${edge}, ','${backward ? ' ORDER BY page.i DESC' : ''}) FILTER (WHERE page.i <= ${limit})`;
  return `(SELECT '{"edges":[' || coalesce(${all}, '') || '],"pageInfo":' || ${object(info)} || '}' FROM (
    SELECT row_number() OVER () AS i, count(*) OVER () AS n, rows.cursor, rows.node FROM (
      SELECT ${cursor} AS cursor, ${node} AS node FROM ${from} WHERE ${where} ORDER BY ${order} LIMIT ${limit + 1}
    ) AS rows) AS page)`;
}
