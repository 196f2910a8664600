import { readFileSync } from 'node:fs';
import { keyOf } from './mutant-key.js';

/** What became of one mutant of a sample. */
export interface Result {
  file: string;
  /** The line, from 1. */
  line: number;
  mutator: string;
  /** What was there, and what was put in its place. */
  original: string;
  replacement: string;
  status: string;
}

export type Results = Result[];

/** The part of Stryker's report that is read here. */
interface Report {
  files: Record<string, { source: string; mutants: ReportedMutant[] }>;
}

interface ReportedMutant {
  mutatorName: string;
  replacement?: string;
  status: string;
  /** From 1. */
  location: { start: Position; end: Position };
}

interface Position {
  line: number;
  column: number;
}

/** Reads what became of the mutants with some keys. */
export function resultsIn(report: string, keys: ReadonlySet<string>): Results {
  const { files } = JSON.parse(readFileSync(report, 'utf8')) as Report;
  return Object.entries(files).flatMap(([file, { source, mutants }]) =>
    mutants.flatMap(({ mutatorName, replacement = '', status, location: { start, end } }) => {
      const location = { start: fromZero(start), end: fromZero(end) };
      const mutant = {
        fileName: new URL(`../../${file}`, import.meta.url).pathname,
        location,
        mutatorName,
        replacement,
      };
      if (!keys.has(keyOf(mutant))) return [];
      const original = textBetween(source, location.start, location.end);
      return [{ file, line: start.line, mutator: mutatorName, original, replacement, status }];
    }),
  );
}

/** Prints for each folder how many mutants were noticed, and then each one that was not. */
export function printResults(results: Results): void {
  const folders = new Map<string, Result[]>();
  for (const result of results) {
    const folder = result.file.split('/').slice(0, 2).join('/');
    folders.set(folder, [...(folders.get(folder) ?? []), result]);
  }
  for (const [folder, some] of [...folders, ['all', results] as const]) {
    const noticed = some.filter(isNoticed).length;
    console.log(
      `${folder}: ${noticed} of ${some.length} noticed (${Math.round((100 * noticed) / some.length)} %)`,
    );
  }
  for (const one of results.filter((result) => !isNoticed(result))) {
    const [from, to] = [one.original, one.replacement].map((text) =>
      text.replaceAll(/\s+/g, ' ').slice(0, 200),
    );
    console.log(`\n${one.file}:${one.line} ${one.mutator} ${one.status}\n- ${from ?? ''}\n+ ${to ?? ''}`);
  }
}

function isNoticed({ status }: Result): boolean {
  return ['Killed', 'Timeout', 'RuntimeError'].includes(status);
}

function fromZero({ line, column }: Position): Position {
  return { line: line - 1, column: column - 1 };
}

function textBetween(source: string, start: Position, end: Position): string {
  const lines = source.split('\n').slice(start.line, end.line + 1);
  const last = lines.length - 1;
  return lines
    .map((line, i) => line.slice(i === 0 ? start.column : 0, i === last ? end.column : undefined))
    .join('\n');
}
