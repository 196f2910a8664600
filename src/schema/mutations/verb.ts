import type { InputFieldMap, InputRef, InputShapeFromFields, ObjectRef } from '@pothos/core';
import { carryOut, type Mutation, type Rules } from '../../domain/carry-out.ts';
import { noting } from '../../domain/former-path.ts';
import type { Services } from '../../domain/services.ts';
import { Conflict, InvalidInput, Validated, type Refusal } from '../../errors.ts';
import type { Prisma } from '../../store/index.ts';
import { builder, type BuilderTypes } from '../builder.ts';
import type { RowRef } from '../connection.ts';
import { noteMoved } from '../context.ts';
import { rowById } from '../rows.ts';

/** What fields of an input type are made with. */
export type InputFields = PothosSchemaTypes.InputFieldBuilder<BuilderTypes, 'InputObject'>;

interface VerbInput<Fields extends InputFieldMap> {
  fields: (t: InputFields) => Fields;
}

/** The fields of a mutation's input. A call of its own, since TypeScript infers from it what the verb is given. */
export function inputFields<Fields extends InputFieldMap>(
  fields: (t: InputFields) => Fields,
): VerbInput<Fields> {
  return { fields };
}

interface VerbOptions<Fields extends InputFieldMap, Answer> extends Mutation<
  NoInfer<InputShapeFromFields<Fields>> & Rules,
  Answer
> {
  description: string;
  /** The fields of its input, beside those that every mutation has. */
  input: VerbInput<Fields>;
  /** The refusals that it can give beside those that every mutation can. */
  refusals: (new (...args: never[]) => Refusal)[];
  /** The verb sees to `clientRequestId` and `validateOnly` itself. */
  hasOwnRules?: boolean;
}

interface RowVerbOptions<Fields extends InputFieldMap> extends VerbOptions<Fields, string | object> {
  /** The field of the success type, and what it leads to: the row that the verb answers, by id or whole. */
  success: { field: string; node: RowRef; table: Prisma.ModelName; description: string };
}

/**
 * Adds a mutation by the one rule that all of them follow: `name(input: NameInput!): NameResult!`,
 * where `NameResult` is `NameSuccess`, `Validated`, or one of the refusals.
 */
export function addVerb<Fields extends InputFieldMap>(options: RowVerbOptions<Fields>): void {
  const { name, success } = options;
  const type = builder.objectRef<{ answer: string | object }>(`${capital(name)}Success`).implement({
    description: `\`${name}\` has been done.`,
    fields: (t) => ({
      [success.field]: t.field({
        type: success.node,
        description: success.description,
        resolve: ({ answer }, _args, context, info) =>
          typeof answer === 'string' ? rowById(context, info, success.table, answer) : answer,
      }),
    }),
  });
  addMutation(options, type, (answer) => ({ answer }));
}

interface ResultOptions<Fields extends InputFieldMap, Answer> extends Omit<
  VerbOptions<Fields, Answer>,
  'verb'
> {
  type: ObjectRef<BuilderTypes, Answer>;
  /** The verb itself. */
  resolve: VerbOptions<Fields, Answer>['verb'];
}

/** Adds a mutation that answers a success type of its own making, or a refusal. */
export function addResult<Fields extends InputFieldMap, Answer>(
  options: ResultOptions<Fields, Answer>,
): void {
  addMutation({ ...options, verb: options.resolve }, options.type, (answer) => answer);
}

function addMutation<Fields extends InputFieldMap, Answer, Success>(
  options: VerbOptions<Fields, Answer>,
  type: ObjectRef<BuilderTypes, Success>,
  successOf: (answer: Answer) => Success,
): void {
  const { name, description, input, subject, moves, refusals, verb, hasOwnRules = false } = options;
  type Input = InputShapeFromFields<Fields> & Rules;
  const inputType = builder.inputType(`${capital(name)}Input`, {
    description: `Input of \`${name}\`.`,
    fields: (t): InputFieldMap => ({ ...input.fields(t), ...ruleFields(t, subject !== undefined) }),
  }) as unknown as InputRef<Input>;
  const mutation: Mutation<Input, Answer> = {
    name,
    verb,
    ...(subject ? { subject } : {}),
    ...(moves ? { moves } : {}),
  };
  const answerOf = (services: Services, given: Input): Promise<Answer> =>
    hasOwnRules ? verb(services, given) : carryOut(services, mutation, given);
  builder.mutationField(name, (t) =>
    t.field({
      type,
      description,
      args: { input: t.arg({ type: inputType, required: true, description: 'What to do.' }) },
      errors: {
        types: [...new Set([...refusals, InvalidInput, Conflict, Validated])],
        union: { name: `${capital(name)}Result`, description: `What \`${name}\` answers.` },
      },
      resolve: (_root, args, context) =>
        answerOf(
          noting(context.services, (moved) => noteMoved(context, moved)),
          (args as { input: Input }).input,
        ).then(successOf) as never,
    }),
  );
}

function ruleFields(t: InputFields, hasSubject: boolean) {
  return {
    clientRequestId: t.string({
      description:
        'A key of your choice, 1 to 200 characters. Sending the same input with the same key again gives the first answer again and changes nothing; another input with the key is a `Conflict`. Keys are kept for at least 24 hours. A request that was refused does not use up its key.',
    }),
    validateOnly: t.boolean({
      description:
        'Make all checks and change nothing. When all pass the answer is `Validated`, otherwise the refusal.',
    }),
    ...(hasSubject
      ? {
          ifMatch: t.string({
            description:
              'The `etag` that the object must still have. When it has another one by now, the answer is a `Conflict` that carries it, and nothing is changed.',
          }),
        }
      : {}),
  };
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
