// A checker of Stryker: of all mutants, only those of the sample are tested. The others count as not compiled.
import { readFileSync } from 'node:fs';
import { keyOf } from './mutant-key.js';

const wanted = new Set(JSON.parse(readFileSync(process.env.MUTATE_SAMPLE, 'utf8')));

function create() {
  return {
    init: async () => {},
    check: async (mutants) =>
      Object.fromEntries(
        mutants.map((mutant) => [
          mutant.id,
          wanted.has(keyOf(mutant))
            ? { status: 'passed' }
            : { status: 'compileError', reason: 'It is not in the sample.' },
        ]),
      ),
  };
}
create.inject = [];

export const strykerPlugins = [{ kind: 'Checker', name: 'sample', factory: create }];
