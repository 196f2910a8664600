import { maxNamed } from '../../domain/bulk-filter.ts';
import { clearStates, copyStates, moveStates } from '../../domain/bulk-states.ts';
import { InvalidInput, LimitExceeded, NotFound } from '../../errors.ts';
import { builder } from '../builder.ts';
import { bulkText, submitted } from './bulk-operation.ts';
import { addVerb, inputFields, type InputFields } from './verb.ts';

const BulkStateFilter = builder.inputType('BulkStateFilter', {
  description:
    'Which states: by exactly one of `states`, `project` and `environment`. All further conditions given must hold.',
  fields: (t) => ({
    states: t.idList({ description: `Ids of states, at most ${maxNamed}. No other field goes with it.` }),
    project: t.id({ description: 'Id or path (its name) of a project: the states of its environments.' }),
    environment: t.id({ description: 'Id or path (`project/environment`) of an environment: its states.' }),
    pair: t.string({ description: 'States of this extract-load pair, `<extractor>-to-<loader>`.' }),
    pattern: t.string({
      description: 'States whose state id is like this: `*` stands for any characters, and `?` for one.',
    }),
  }),
});

const chosen = (t: InputFields) => ({
  filter: t.field({ type: BulkStateFilter, required: true, description: 'Which states.' }),
  force: t.boolean({
    description:
      'Go on with those that a run holds, too; otherwise they fail with `Busy`. See `force` of the verb for one state.',
  }),
});
const transferred = (t: InputFields) => ({
  ...chosen(t),
  to: t.id({
    required: true,
    description: 'Id or path (`project/environment`) of the environment that they go to.',
  }),
});
const refusals = [NotFound, InvalidInput, LimitExceeded];

// Source of the form of state ids: Meltano `core/block/extract_load.py`.
const renaming =
  "A state id begins with the name of its environment, which becomes the other one's: `dev:tap-to-target` goes to `prod:tap-to-target`. An id of another form stays as it is. What the destination held stays in its versions.";

addVerb({
  name: 'copyStates',
  description: `Copies many states to another environment, each as \`copyState\` does. ${renaming} ${bulkText}`,
  input: inputFields(transferred),
  ...{ success: submitted, refusals },
  verb: copyStates,
});

addVerb({
  name: 'moveStates',
  description: `Moves many states to another environment, each as \`moveState\` does. ${renaming} ${bulkText}`,
  input: inputFields(transferred),
  ...{ success: submitted, refusals },
  verb: moveStates,
});

addVerb({
  name: 'clearStates',
  description: `Clears many states, each as \`clearState\` does; one that is cleared already stays so. ${bulkText}`,
  input: inputFields(chosen),
  ...{ success: submitted, refusals },
  verb: clearStates,
});
