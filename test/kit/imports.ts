import { readFile, readdir } from 'node:fs/promises';
import { posix } from 'node:path';
import ts from 'typescript';

/** One import of a source file. */
export interface Import {
  /** The file below `src/` that imports. */
  from: string;
  /** The file below `src/` that is imported, or the name of a package. */
  to: string;
  internal: boolean;
  /** Whether only types are imported. Such an import does not exist at run time. */
  typesOnly: boolean;
}

const source = new URL('../../src/', import.meta.url);

/**
 * The number of files directly in each folder below `src/` and `test/`, without generated files and fixtures.
 */
export async function folderSizes(): Promise<{ folder: string; files: number }[]> {
  const sizes = new Map<string, number>();
  for (const top of ['src', 'test']) {
    const entries = await readdir(new URL(`../${top}/`, source), { recursive: true });
    for (const entry of entries) {
      if (!entry.endsWith('.ts') || /^(?:store\/generated|fixtures|\.artifacts)\//.test(entry)) continue;
      const folder = posix.dirname(`${top}/${entry}`);
      sizes.set(folder, (sizes.get(folder) ?? 0) + 1);
    }
  }
  return [...sizes].map(([folder, files]) => ({ folder, files }));
}

/** Every import, re-export and dynamic import below `src/`, without generated files. */
export async function readImports(): Promise<Import[]> {
  const entries = await readdir(source, { recursive: true });
  const files = entries.filter((file) => file.endsWith('.ts') && !file.startsWith('store/generated/')).sort();
  const imports = await Promise.all(
    files.map(async (file) => importsOf(file, await readFile(new URL(file, source), 'utf8'))),
  );
  return imports.flat();
}

function importsOf(file: string, text: string): Import[] {
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, typesOnly: boolean): void => {
    if (!specifier || !ts.isStringLiteral(specifier)) return;
    const internal = specifier.text.startsWith('.');
    const to = internal ? posix.join(posix.dirname(file), specifier.text) : packageOf(specifier.text);
    found.push({ from: file, to, internal, typesOnly });
  };
  const look = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    } else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, node.isTypeOnly);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, true);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false);
    }
    ts.forEachChild(node, look);
  };
  look(ts.createSourceFile(file, text, ts.ScriptTarget.Latest));
  return found;
}

function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}
