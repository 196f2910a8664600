import { copyState } from '../../domain/copy-state.ts';
import { setState } from '../../domain/set-state.ts';
import { Busy, InvalidInput, NotFound } from '../../errors.ts';
import { builder } from '../builder.ts';
import { State } from '../state.ts';
import { addVerb, verbInput } from './verb.ts';

const StateTarget = builder.inputType('StateTarget', {
  description: 'A place for a state.',
  fields: (t) => ({
    environment: t.id({
      description: "Id or path (`project/environment`) of the environment; the source's own when absent.",
    }),
    stateId: t.string({
      required: true,
      description:
        'State id, 1 to 250 characters, without `/`. A run reads `<environment>:<extractor>-to-<loader>[:<suffix>]`.',
    }),
  }),
});

addVerb({
  name: 'setState',
  description:
    'Replaces the completed document of a state id and empties the partial one, as `meltano state set` does. What was there stays in the versions. Refused while a run holds the state id. A verb of its own since it creates the state when there is none, and replaces both documents at once.',
  input: verbInput('setState', (t) => ({
    environment: t.id({
      required: true,
      description: 'Id or path (`project/environment`) of the environment.',
    }),
    stateId: t.string({ required: true, description: 'State id, 1 to 250 characters, without `/`.' }),
    state: t.field({
      type: 'JSON',
      required: true,
      description:
        'The document, `{"singer_state": {"bookmarks": …}}`, or the same as JSON text in a string, which keeps whole numbers above 2^53 exact; at most 5,000,000 characters of JSON.',
    }),
  })),
  success: { field: 'state', node: State, table: 'State', description: 'The state as it is now.' },
  refusals: [NotFound, InvalidInput, Busy],
  verb: setState,
});

addVerb({
  name: 'copyState',
  description:
    'Copies a state to another state id, in the same or another environment, as `meltano state copy` does: what the two documents of the source merge to becomes the completed document of the destination, whose partial one is emptied. What the destination held stays in its versions. Refused while a run holds either id. A verb of its own since it reads one object and writes another.',
  input: verbInput('copyState', (t) => ({
    from: t.id({
      required: true,
      description: 'Id or path (`project/environment/<state id>`) of the state to copy.',
    }),
    to: t.field({ type: StateTarget, required: true, description: 'Where to copy it.' }),
  })),
  success: { field: 'state', node: State, table: 'State', description: 'The destination as it is now.' },
  refusals: [NotFound, InvalidInput, Busy],
  verb: copyState,
});
