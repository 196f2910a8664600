import { CST } from 'yaml';

/**
 * Finds tabs that Meltano refuses. It takes them in comments, in quotes, in the lines of a block scalar (`|` and `>`),
 * and between the parts of a flow collection (`[…]` and `{…}`); YAML itself would take some more. Source: ruamel.yaml
 * `scanner.py`, which Meltano reads its files with.
 */
export class TabFinder {
  /** How many flow collections are open. */
  #depth = 0;
  /** The header of a block scalar whose lines come next. */
  #header: string | null = null;
  /** Whether the next lexeme is the text of a scalar without quotes or of a block scalar. */
  #isText = false;

  /**
   * Takes the next lexeme of a text.
   *
   * @returns where in it a tab is refused; null when none is
   */
  next(lexeme: string): number | null {
    if (this.#isText) {
      const header = this.#header;
      this.#isText = false;
      this.#header = null;
      return header === null ? place(lexeme.indexOf('\t')) : inBlock(header, lexeme);
    }
    switch (CST.tokenType(lexeme)) {
      case 'scalar':
        this.#isText = true;
        return null;
      case 'block-scalar-header':
        this.#header = lexeme;
        return null;
      case 'flow-map-start':
      case 'flow-seq-start':
        this.#depth += 1;
        return null;
      case 'flow-map-end':
      case 'flow-seq-end':
        this.#depth -= 1;
        return null;
      case 'comment':
      case 'single-quoted-scalar':
      case 'double-quoted-scalar':
        return null;
      case 'space':
        return this.#depth > 0 ? null : place(lexeme.indexOf('\t'));
      default:
        return place(lexeme.indexOf('\t'));
    }
  }
}

function place(index: number): number | null {
  return index < 0 ? null : index;
}

/** A tab in the indentation of a block scalar, where a line may be that has nothing else. */
function inBlock(header: string, text: string): number | null {
  const lines = text.split('\n');
  const first = lines.find((line) => /[^ \r]/.test(line)) ?? '';
  // A number counts from where its key is, so the indentation is at least that wide.
  const own = Number(/\d/.exec(header)?.[0] ?? indentOf(first));
  let at = 0;
  for (const line of lines) {
    const indent = indentOf(line);
    if (line[indent] === '\t' && (indent < own || own === 0)) return at + indent;
    at += line.length + 1;
  }
  return null;
}

function indentOf(line: string): number {
  return /^ */.exec(line)?.[0].length ?? 0;
}
