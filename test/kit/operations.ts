import { readFile, readdir } from 'node:fs/promises';
import { Kind, parse, type OperationDefinitionNode } from 'graphql';

/** A file of `test/operations/`: an operation that works unchanged on the sample project. */
export interface Operation {
  /** Path of its file below the folder, without the extension, such as `runs/runJob`. */
  name: string;
  text: string;
  kind: 'query' | 'mutation' | 'subscription';
  /** The fields of the schema's root that it selects. */
  fields: string[];
  /** Variables without a default. An earlier operation provides them. */
  needs: string[];
}

const folder = new URL('../operations/', import.meta.url);

/** All operations, ordered by the names of their files. */
export async function readOperations(): Promise<Map<string, Operation>> {
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.graphql'));
  const operations = await Promise.all(
    files.sort().map(async (file) => operationOf(file, await readFile(new URL(file, folder), 'utf8'))),
  );
  return new Map(operations.map((operation) => [operation.name, operation]));
}

function operationOf(file: string, text: string): Operation {
  const [definition] = parse(text).definitions as [OperationDefinitionNode];
  return {
    name: file.replace(/\.graphql$/, ''),
    text,
    kind: definition.operation,
    fields: definition.selectionSet.selections.flatMap((selection) =>
      selection.kind === Kind.FIELD ? [selection.name.value] : [],
    ),
    needs: (definition.variableDefinitions ?? [])
      .filter(({ type, defaultValue }) => type.kind === Kind.NON_NULL_TYPE && !defaultValue)
      .map(({ variable }) => variable.name.value),
  };
}
