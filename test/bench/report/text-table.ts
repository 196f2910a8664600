/** Rows of text in columns, the first of them the head. Columns of numbers are aligned at the right. */
export function textTable(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  const columns = head.map((_, i) => {
    const cells = body.map((row) => row[i] ?? '');
    const isNumbers = cells.every((cell) => /^(over )?[\d.,–]*( \(.*\))?$/.test(cell));
    return { width: Math.max(...[head[i] ?? '', ...cells].map(({ length }) => length)), isNumbers };
  });
  const line = (row: readonly string[]): string =>
    columns
      .map(({ width, isNumbers }, i) =>
        isNumbers ? (row[i] ?? '').padStart(width) : (row[i] ?? '').padEnd(width),
      )
      .join('  ')
      .trimEnd();
  return [line(head), columns.map(({ width }) => '-'.repeat(width)).join('  '), ...body.map(line)].join('\n');
}
