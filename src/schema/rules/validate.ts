import { Refusal, Validated } from '../../errors.ts';
import type { Rules } from '../../domain/rules/apply-rules.ts';
import { builder } from '../builder.ts';
import { ValidatedType, type Validation } from '../errors.ts';
import { refuseFaults } from '../maxima/find-faults.ts';
import { verbs } from '../verb.ts';

// One field checks for all mutations, so that their own inputs and answers say nothing of it. Whoever never checks only,
// as most clients, would have to handle `Validated` in every answer.

const ValidateInput = builder.inputType('ValidateInput', {
  description: 'The mutation to check: its name, with the input that it would be given. Give exactly one.',
  isOneOf: true,
  fields: (t) =>
    Object.fromEntries(
      verbs.map(({ name, input }) => [
        name,
        t.field({ type: input, description: `Check \`${name}\` with this input.` }),
      ]),
    ),
});

builder.mutationField('validate', (t) =>
  t.field({
    type: ValidatedType,
    description: [
      'Runs all checks of a mutation and changes nothing. The answer is `Validated` when the mutation would succeed now. Otherwise it is the refusal of that mutation, whose paths begin with `input` and the name of the mutation: `["input", "runJob", "job"]`.',
      '`ifMatch` and `clientRequestId` in the input of the mutation are checked, too. When a `clientRequestId` was used before, the same input is `Validated`, and another one is a `Conflict`. `validate` uses up no key.',
    ].join('\n\n'),
    args: { input: t.arg({ type: ValidateInput, required: true, description: 'What to check.' }) },
    errors: {
      types: [...new Set(verbs.flatMap(({ refusals }) => refusals))],
      union: { name: 'ValidateResult', description: 'What `validate` answers.' },
    },
    resolve: async (_root, args, context, { parentType, fieldName }) => {
      refuseFaults(parentType.getFields()[fieldName]?.args ?? [], args);
      const given = args.input as Record<string, Rules | undefined>;
      const verb = verbs.find(({ name }) => given[name] !== undefined);
      if (!verb) throw new Error('The input names no mutation.');
      try {
        await verb.run(context, { ...given[verb.name], validateOnly: true });
      } catch (error) {
        if (error instanceof Validated) return validation(error);
        if (error instanceof Refusal) error.moveInto(verb.name);
        throw error;
      }
      throw new Error(`${verb.name} was done, and should have been checked only.`);
    },
  }),
);

function validation({ message, changes, pathCount }: Validated): Validation {
  return { message, changes, pathCount };
}
