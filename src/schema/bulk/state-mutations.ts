import { maxNamed } from '../../domain/bulk/bulk-filter.ts';
import { clearStates } from '../../domain/bulk/clear-states.ts';
import { copyStates } from '../../domain/bulk/copy-states.ts';
import { moveStates } from '../../domain/bulk/move-states.ts';
import { InvalidInput, LimitExceeded, NotFound } from '../../errors.ts';
import { builder } from '../builder.ts';
import { bulkText, submitted } from './bulk-answer.ts';
import { addVerb, inputFields, type InputFields } from '../verb.ts';
import { patternField } from '../named-lists.ts';
import { idOrPath } from '../naming/references.ts';

const BulkStateFilter = builder.inputType('BulkStateFilter', {
  description:
    'Which states to choose. Give exactly one of `ids`, `project` and `environment`. A state must meet all other conditions that are given.',
  fields: (t) => ({
    ids: t.idList({ maxEntries: maxNamed, description: 'Ids of states. Give no other field with it.' }),
    project: t.id({
      description: idOrPath('Project', 'a project, to choose from the states of all its environments'),
    }),
    environment: t.id({
      description: idOrPath('Environment', 'an environment, to choose from its states'),
    }),
    pair: t.string({ description: 'States of this extract-load pair, `<extractor>-to-<loader>`.' }),
    pattern: patternField(t, 'States', 'state id'),
  }),
});

const chosen = (t: InputFields) => ({
  filter: t.field({ type: BulkStateFilter, required: true, description: 'Which states.' }),
  force: t.boolean({
    description:
      'Also change states that a run uses. Otherwise these fail with `Busy`. See `force` of the verb for one state. False when absent.',
  }),
});
const transferred = (t: InputFields) => ({
  ...chosen(t),
  environment: t.id({
    required: true,
    description: idOrPath('Environment', 'the destination'),
  }),
});
const refusals = [NotFound, InvalidInput, LimitExceeded];

// Source of the form of state ids: Meltano `core/block/extract_load.py`.
const renaming =
  'A state id begins with the name of its environment. That part becomes the name of the destination: `dev:tap-to-target` becomes `prod:tap-to-target`. A state id of another form stays as it is. What the destination contained before stays in its versions.';

addVerb({
  name: 'copyStates',
  description: `Copies many states to another environment, each as \`copyState\` does. ${renaming} ${bulkText}`,
  input: inputFields(transferred),
  success: submitted,
  refusals,
  verb: copyStates,
});

addVerb({
  name: 'moveStates',
  description: `Moves many states to another environment, each as \`moveState\` does. ${renaming} ${bulkText}`,
  input: inputFields(transferred),
  success: submitted,
  refusals,
  verb: moveStates,
});

addVerb({
  name: 'clearStates',
  description: `Clears many states, each as \`clearState\` does. A state that is already cleared counts as done. ${bulkText}`,
  input: inputFields(chosen),
  success: submitted,
  refusals,
  verb: clearStates,
});
